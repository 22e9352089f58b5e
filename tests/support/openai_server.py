"""A scripted OpenAI-compatible server on loopback: real HTTP, every request logged, every figure exact.

In a test::

    with ScriptedServer(Script(behaviours=["auto", "429", "drop"])) as server:
        ...  # base_url = server.url, requests = server.log

As a process of its own, which outlives the client's death::

    python -m tests.support.openai_server --port 0 --script script.json --log requests.jsonl

It prints its port. A script is a JSON object with the fields of :class:`Script`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.openai_batches import Batches
from tests.support.scripted_answers import climbing, scripted_answer, shorter

GOOD = ("auto", "rewrite", "diff", "prose", "fences", "no_fence", "crlf", "json", "think", "slow")
BAD = ("malformed", "wrong_name", "refusal_text", "content_filter", "truncated")
ERRORS = ("400", "401", "403", "404", "429", "500", "503", "504", "policy_400", "quota_429", "garbage_200")
DOUBT = ("drop", "drop_early", "timeout")
BEHAVIOURS = (*GOOD, *BAD, *ERRORS, *DOUBT)


@dataclass(frozen=True)
class Script:
    """What the server does.

    Attributes:
        behaviours: by order of arrival of new keys, over and over.
        mix: instead of ``behaviours``: behaviour -> weight, drawn by a hash of seed and Idempotency-Key.
        seed: of that hash and of the heuristics handed out.
        latency: seconds before every answer.
        slow_seconds: what ``slow`` adds.
        hold_seconds: how long ``timeout`` keeps the line before it hangs up.
        retry_after: value of the header that goes with a 429, or None for no header.
        redo: what a key seen before gets: ``auto`` (its first full answer, else a good one) or ``same``.
        usage: False leaves ``usage`` out of the answers, as some local servers do.
        answers: JSON file {question's key: text}; the key of a question is :func:`question_key`. What is not in it is
            answered by ``behaviours``' programs.
        batch_looks: how many times a batch is found in progress before it has ended.
        weather: JSON file that may come and go: ``behaviour`` towards all requests, and ``latency``, while it is there.
        paying: a model, without its provider, and words of a prompt. Questions to it that hold them get programs each
            better than the one before (:func:`tests.support.scripted_answers.climbing`), all others the worst one.
        shortening: words of a prompt. Questions that hold them get the parent without a part that does nothing.
    """

    behaviours: list[str] = field(default_factory=lambda: ["auto"])
    mix: dict[str, float] = field(default_factory=dict)
    seed: int = 0
    latency: float = 0.0
    slow_seconds: float = 0.3
    hold_seconds: float = 30.0
    retry_after: str | None = "0"
    redo: str = "auto"
    usage: bool = True
    answers: str | None = None
    batch_looks: int = 1
    weather: str | None = None
    paying: list[str] = field(default_factory=list)
    shortening: str = ""

    def __post_init__(self) -> None:
        unknown = {*self.behaviours, *self.mix} - set(BEHAVIOURS)
        if unknown:
            raise ValueError(f"unknown behaviours {sorted(unknown)}; known: {', '.join(BEHAVIOURS)}")

    def choose(self, ordinal: int, key: str) -> str:
        """Behaviour for the ``ordinal``-th new key (from 1)."""
        if not self.mix:
            return self.behaviours[(ordinal - 1) % len(self.behaviours)]
        point = int.from_bytes(hashlib.sha256(f"{self.seed}:{key}".encode()).digest()[:8], "big") / 2**64
        point *= sum(self.mix.values())
        for name, weight in self.mix.items():
            point -= weight
            if point < 0:
                return name
        return next(iter(self.mix))

    def forecast(self) -> dict[str, Any]:
        """What the weather file says now."""
        try:
            return json.loads(Path(self.weather).read_text()) if self.weather else {}
        except FileNotFoundError:
            return {}


def question_key(messages: list[dict[str, Any]]) -> str:
    """Hash of what is asked, all turns of it."""
    text = "\0".join(f"{message['role']}:{message.get('content') or ''}" for message in messages)
    return hashlib.sha256(text.encode()).hexdigest()


def count_tokens(text: str) -> int:
    """The server's own measure: four characters a token, rounded up."""
    return -(-len(text) // 4)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits 40 ms for the headers' acknowledgement
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the log is ours."""

    def do_GET(self) -> None:
        found = self.server.batches.get(self.path)
        missing = {"error": {"message": "no such thing", "type": "scripted", "code": None, "param": None}}
        self._send(200 if found is not None else 404, json.dumps(missing).encode() if found is None else found)

    def do_POST(self) -> None:
        arrived = time.time()
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        batch = self.server.batches.post(self.path, self.headers, raw)
        if batch is not None:
            self._send(200, json.dumps(batch).encode())
            return
        body = json.loads(raw)
        key = self.headers.get("Idempotency-Key", "")
        script = self.server.script
        behaviour, (status, headers, payload, _) = self.server.answer(
            key, body, arrived, self.headers.get("Authorization", "")[:16]
        )
        time.sleep(
            script.forecast().get("latency", script.latency) + (script.slow_seconds if behaviour == "slow" else 0.0)
        )
        if behaviour == "timeout":
            self.server.closing.wait(script.hold_seconds)
        if behaviour in DOUBT:
            self._hang_up(payload if behaviour == "drop" else b"")
        else:
            self._send(status, payload, headers)

    def _send(self, status: int, payload: bytes, headers: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)
        except OSError:
            self.close_connection = True  # the client has gone: it was killed or gave up

    def _hang_up(self, payload: bytes) -> None:
        self.close_connection = True
        try:
            if payload:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
                self.wfile.write(f"Content-Length: {len(payload)}\r\n\r\n".encode() + payload[: len(payload) // 2])
                self.wfile.flush()
                time.sleep(0.02)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, script: Script, log_file: Path | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.script = script
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.keys = 0
        self.paid = 0
        self.seen: dict[str, int] = {}
        self.behaviour: dict[str, str] = {}
        self.answered: dict[str, tuple[int, dict[str, str], bytes, dict[str, Any]]] = {}
        self.planted: dict[str, str] = json.loads(Path(script.answers).read_text()) if script.answers else {}
        self.batches = Batches(self.answer_in_batch, script.batch_looks)
        self.log: list[dict[str, Any]] = []
        self.file = log_file.open("a", encoding="utf-8", buffering=1) if log_file else None

    def answer(
        self, key: str, body: dict[str, Any], arrived: float, authorization: str
    ) -> tuple[str, tuple[int, dict[str, str], bytes, dict[str, Any]]]:
        """Behaviour towards a request, and status, headers, body and usage of the answer; logged."""
        prompt = "\n".join(str(m.get("content") or "") for m in body.get("messages", []))
        script = self.script
        with self.lock:
            attempt = self.seen[key] = self.seen.get(key, 0) + 1
            if attempt == 1:
                self.keys += 1
            number = self.keys + script.seed * 1000
            behaviour = script.choose(self.keys, key)
            if attempt > 1:
                behaviour = self.behaviour[key] if script.redo == "same" else "auto"
            behaviour = script.forecast().get("behaviour") or behaviour
            self.behaviour[key] = behaviour
            ready = self.answered.get(key) if behaviour == "auto" and script.redo == "auto" else None
            row: dict[str, Any] = {"time": arrived, "key": key, "attempt": attempt, "model": body.get("model"),
                                   "behaviour": behaviour, "replayed": ready is not None,
                                   "authorization": authorization,
                                   "max_tokens": body.get("max_tokens", body.get("max_completion_tokens")),
                                   "temperature": body.get("temperature"), "number": number,
                                   "reasoning_effort": body.get("reasoning_effort"),
                                   "response_format": (body.get("response_format") or {}).get("type"),
                                   "question": question_key(body.get("messages", []))}  # fmt: skip
            answer = ready or self._compose(behaviour, number, body, prompt, script)
            row.update(status=None if behaviour in DOUBT else answer[0], **answer[3])
            if answer[0] == 200 and behaviour not in (*DOUBT, *ERRORS):
                self.answered[key] = answer
            self.record(row)
        return behaviour, answer

    def answer_in_batch(self, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        """A request of a batch, whose key is its ``custom_id``."""
        behaviour, (status, _, payload, _) = self.answer(key, body, time.time(), "batch")
        return None if behaviour in DOUBT else (status, json.loads(payload))

    def _compose(
        self, behaviour: str, number: int, body: dict[str, Any], prompt: str, script: Script
    ) -> tuple[int, dict[str, str], bytes, dict[str, Any]]:
        none = {"prompt_tokens": 0, "completion_tokens": 0, "finish_reason": None}
        if behaviour == "garbage_200":
            return 200, {}, b"<html>gateway</html>", none
        if behaviour in ERRORS:
            status = int(behaviour.split("_")[-1])
            code = {"policy_400": "content_policy_violation", "quota_429": "insufficient_quota"}.get(behaviour)
            message = {
                "policy_400": "Your request was rejected by the content_policy safety system.",
                "quota_429": "You exceeded your current quota.",
            }.get(behaviour, f"scripted {status}")
            error = {"error": {"message": message, "type": "scripted", "code": code, "param": None}}
            wait = {"Retry-After": script.retry_after} if status == 429 and script.retry_after is not None else {}
            return status, wait, json.dumps(error).encode(), none
        planted = self.planted.get(question_key(body.get("messages", []))) if behaviour in ("auto", "slow") else None
        if script.shortening and behaviour == "auto" and script.shortening in prompt:
            planted = shorter(number, prompt)
        if planted is None and script.paying and behaviour == "auto":
            pays = body.get("model") == script.paying[0] and script.paying[1] in prompt
            self.paid += pays
            planted = climbing(number, self.paid if pays else 0)
        text = scripted_answer(behaviour, number, prompt) if planted is None else planted
        finish = {"truncated": "length", "content_filter": "content_filter"}.get(behaviour, "stop")
        limit = body.get("max_tokens") or body.get("max_completion_tokens")
        if limit and count_tokens(text) > limit:
            text, finish = text[: 4 * limit], "length"
        usage = {"prompt_tokens": count_tokens(prompt), "completion_tokens": count_tokens(text)}
        reply: dict[str, Any] = {
            "id": f"chatcmpl-{number}", "object": "chat.completion", "created": 1, "model": body.get("model"),
            "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}],
        }  # fmt: skip
        if script.usage:
            reply["usage"] = {**usage, "total_tokens": sum(usage.values())}
        return 200, {}, json.dumps(reply).encode(), {**usage, "finish_reason": finish}

    def record(self, row: dict[str, Any]) -> None:
        self.log.append(row)
        if self.file:
            self.file.write(json.dumps(row) + "\n")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed mid-request is part of the script."""


class ScriptedServer:
    """The server in a thread; a context manager."""

    def __init__(self, script: Script | None = None, port: int = 0, log_file: Path | None = None) -> None:
        self._server = _Server(port, script or Script(), log_file)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Base URL of the API."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def log(self) -> list[dict[str, Any]]:
        """One row a request, in order of arrival."""
        with self._server.lock:
            return list(self._server.log)

    @property
    def batches(self) -> Batches:
        """Files and batches."""
        return self._server.batches

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Scripted OpenAI-compatible server on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    script = Script(**json.loads(options.script.read_text())) if options.script else Script()
    server = _Server(options.port, script, options.log)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
