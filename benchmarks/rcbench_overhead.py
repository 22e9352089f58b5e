"""What `evolve rcbench run` costs beside the call itself: against a bare loop over `litellm.acompletion`, in turn.

Both ask the same questions of the same server on loopback, 64 at once, each block in a fresh process. Printed are CPU
seconds a call, calls a second, and memory. The server answers after --latency seconds, or up to --spread of them sooner
or later.

On a machine shared with others the two blocks of a pair should not be measured one after the other: with --slice they
are there at once and stopped and continued in turn, that many seconds each, so that what others do slows both alike. It
is for a server that answers at once (--latency 0), since answers come while their block is stopped.

    .venv/bin/python benchmarks/rcbench_overhead.py [--calls 1000] [--pairs 3] [--latency 0.5] [--spread 0.5]
                                                    [--slice 0.2] [--memory-calls 5000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluators.rconstraintbench.model import GeneratedInstance
from evaluators.rconstraintbench.ramp import Arguments
from evaluators.rconstraintbench.sets import InstanceSet, generate
from evolve.archive import Archive
from evolve.llm import transport
from evolve.rcbench.bench import Bench
from evolve.rcbench.contestants import ModelOptions, model_contestant
from evolve.rcbench.prompts import Prompts
from evolve.rcbench.sets import store_set

MODEL, CONCURRENCY, WARM = "openai/served", 64, 64


def questions(count: int) -> InstanceSet:
    """As many instances as calls: one generated instance under many numbers."""
    arguments = Arguments(levels=(15,), per_level=1, seed=1, phases=("all",))
    (one,) = generate(arguments).generated
    many = (GeneratedInstance(replace(one.instance, index=k), one.witness, one.tightness) for k in range(1, count + 1))
    return InstanceSet(arguments, tuple(many))


async def serve(latency: float, spread: float) -> None:
    """Answer every request with the same completion, at little cost."""
    entries = [{"task": k, "start": 3 * k} for k in range(1, 21)]
    message = {"role": "assistant", "content": json.dumps({"schedule": entries})}
    body = json.dumps({
        "id": "x", "object": "chat.completion", "created": 1, "model": "served-1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 300, "total_tokens": 1200},
    }).encode()  # fmt: skip
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(request.split(b"content-length:")[1].split(b"\r\n")[0]))
                await asyncio.sleep(latency * draw.uniform(1 - spread, 1 + spread))
                writer.write(head + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    draw = random.Random(1)
    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def ours(url: str, count: int) -> dict[str, float]:
    """A run of the benchmark's runner."""
    options = ModelOptions(base_url=url, concurrency=CONCURRENCY)
    contestant = model_contestant(MODEL, options, Prompts())
    with tempfile.TemporaryDirectory() as folder:
        for calls in (WARM, count):
            with Archive(Path(folder) / f"{calls}.db") as archive:
                bench = Bench(archive, store_set(archive, questions(calls)), [contestant], options, {})
                if calls == count:
                    await_start()
                started, used = time.perf_counter(), time.process_time()
                bench.run()
                seconds, cpu = time.perf_counter() - started, time.process_time() - used
                (done,) = archive.rows("SELECT count(*) FROM rcbench_answers")
                assert done[0] == calls
    return _figures(count, seconds, cpu)


def bare(url: str, count: int) -> dict[str, float]:
    """A loop over litellm's own call."""
    litellm, prompts = transport.load(), Prompts()

    async def loop(asked: list[Any]) -> None:
        gate = asyncio.Semaphore(CONCURRENCY)

        async def one(messages: Any) -> None:
            async with gate:
                await litellm.acompletion(
                    model=MODEL, messages=messages, api_base=url, api_key="none", max_tokens=8192, num_retries=0,
                    max_retries=0, timeout=600,
                )  # fmt: skip

        await asyncio.gather(*(one(messages) for messages in asked))

    async def both() -> tuple[float, float]:
        await loop(asked[:WARM])
        await_start()
        started, used = time.perf_counter(), time.process_time()
        await loop(asked)
        return time.perf_counter() - started, time.process_time() - used

    asked = [list(prompts.question("fields", g.instance).messages) for g in questions(count).generated]
    return _figures(count, *asyncio.run(both()))


def await_start() -> None:
    """Say that all is set up, and wait for being told to begin."""
    print("ready", flush=True)
    sys.stdin.readline()


def _figures(count: int, seconds: float, cpu: float) -> dict[str, float]:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rate": count / seconds, "cpu_ms": 1000 * cpu / count, "memory_mb": memory}


class Block:
    """One measurement in a process of its own, set up and stopped until it is continued."""

    def __init__(self, kind: str, url: str, count: int) -> None:
        command = [sys.executable, __file__, "--block", kind, "--url", url, "--calls", str(count)]
        self.kind, self.count, self.seconds, self.over = kind, count, 0.0, False
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        self._output = self._process.stdout
        assert self._output.readline() == "ready\n", kind
        self._process.send_signal(signal.SIGSTOP)
        self._process.stdin.write("begin\n")
        self._process.stdin.flush()

    def go_on(self, seconds: float | None) -> None:
        """Let it run for that long, or (None) to its end."""
        started = time.perf_counter()
        self._process.send_signal(signal.SIGCONT)
        self.over = bool(select.select([self._output], [], [], seconds)[0])
        if not self.over:
            self._process.send_signal(signal.SIGSTOP)
        self.seconds += time.perf_counter() - started

    def figures(self) -> dict[str, float]:
        """Of a block that is over; time in which it was stopped does not count."""
        figures: dict[str, float] = json.loads(self._output.read())
        self._process.wait()
        return {**figures, "rate": self.count / self.seconds}


def measured(
    kinds: Sequence[str], url: str, count: int, seconds: float | None
) -> Iterator[tuple[str, dict[str, float]]]:
    """A block of each kind: one after the other, or in turn for ``seconds`` each."""
    if seconds is None:
        for kind in kinds:
            block = Block(kind, url, count)
            block.go_on(None)
            yield kind, block.figures()
        return
    blocks = [Block(kind, url, count) for kind in kinds]
    while under_way := [block for block in blocks if not block.over]:
        for block in under_way:
            block.go_on(seconds)
    for block in blocks:
        yield block.kind, block.figures()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.5, help="mean seconds before an answer")
    parser.add_argument("--spread", type=float, default=0.5, help="part of them by which it may be sooner or later")
    parser.add_argument("--slice", type=float, help="seconds a block of a pair runs before it is the other's turn")
    parser.add_argument(
        "--memory-calls", type=int, default=5000, help="calls of the block that is asked for its memory"
    )
    parser.add_argument("--block", choices=("ours", "bare", "serve"), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.block == "serve":
        asyncio.run(serve(given.latency, given.spread))
    elif given.block:
        print(json.dumps({"ours": ours, "bare": bare}[given.block](given.url, given.calls)))
    else:
        measure(given)


def measure(given: argparse.Namespace) -> None:
    timing = ("--latency", str(given.latency), "--spread", str(given.spread))
    command = [sys.executable, __file__, "--block", "serve", *timing]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        found: dict[str, list[dict[str, float]]] = {"bare": [], "ours": []}
        try:
            print(
                f"{given.calls} calls a block, {CONCURRENCY} at once, answers after {given.latency:g} s "
                f"± {given.spread:.0%}"
            )
            for pair in range(given.pairs):
                kinds = ("bare", "ours") if pair % 2 == 0 else ("ours", "bare")
                for kind, figures in measured(kinds, url, given.calls, given.slice):
                    found[kind].append(figures)
                    print(kind, *(f"{name} {value:.2f}" for name, value in figures.items()), flush=True)
            many = next(measured(("ours",), url, given.memory_calls, None))[1] if given.memory_calls else None
        finally:
            server.terminate()
    pairs = list(zip(found["ours"], found["bare"], strict=True))
    beyond = statistics.median(o["cpu_ms"] - b["cpu_ms"] for o, b in pairs)
    ratios = sorted(o["rate"] / b["rate"] for o, b in pairs)
    print(f"CPU beyond litellm's own: {beyond:.2f} ms a call")
    print(f"calls a second: {statistics.median(ratios):.2f} of the bare loop's ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    if many is not None:
        print(f"memory at {given.memory_calls} calls: {many['memory_mb']:.0f} MB, {many['rate']:.0f} calls a second")


if __name__ == "__main__":
    main()
