"""What `evolve rcbench run` costs beside the call itself: against a bare loop over `litellm.acompletion`, in turn.

Both ask the same questions of the same server on loopback, 64 at once, each block in a fresh process. Printed are CPU
seconds a call, calls a second, and memory. The server answers after --latency seconds, or up to --spread of them sooner
or later.

    .venv/bin/python benchmarks/rcbench_overhead.py [--calls 1000] [--pairs 3] [--latency 0.5] [--spread 0.5]
                                                    [--memory-calls 5000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
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
        started, used = time.perf_counter(), time.process_time()
        await loop(asked)
        return time.perf_counter() - started, time.process_time() - used

    asked = [list(prompts.question("fields", g.instance).messages) for g in questions(count).generated]
    return _figures(count, *asyncio.run(both()))


def _figures(count: int, seconds: float, cpu: float) -> dict[str, float]:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rate": count / seconds, "cpu_ms": 1000 * cpu / count, "memory_mb": memory}


def block(kind: str, url: str, count: int) -> dict[str, float]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--block", kind, "--url", url, "--calls", str(count)]
    figures: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.5, help="mean seconds before an answer")
    parser.add_argument("--spread", type=float, default=0.5, help="part of them by which it may be sooner or later")
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
    command = [
        sys.executable,
        __file__,
        "--block",
        "serve",
        "--latency",
        str(given.latency),
        "--spread",
        str(given.spread),
    ]
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
                for kind in ("bare", "ours") if pair % 2 == 0 else ("ours", "bare"):
                    found[kind].append(block(kind, url, given.calls))
                    print(kind, *(f"{name} {value:.2f}" for name, value in found[kind][-1].items()), flush=True)
            many = block("ours", url, given.memory_calls) if given.memory_calls else None
        finally:
            server.terminate()
    cpu = {kind: statistics.median(f["cpu_ms"] for f in figures) for kind, figures in found.items()}
    ratio = statistics.median(o["rate"] / b["rate"] for o, b in zip(found["ours"], found["bare"], strict=True))
    print(
        f"CPU beyond litellm's own: {cpu['ours'] - cpu['bare']:.2f} ms a call ({cpu['ours']:.2f} - {cpu['bare']:.2f})"
    )
    print(f"calls a second: {ratio:.2f} of the bare loop's")
    if many is not None:
        print(f"memory at {given.memory_calls} calls: {many['memory_mb']:.0f} MB, {many['rate']:.0f} calls a second")


if __name__ == "__main__":
    main()
