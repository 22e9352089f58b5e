"""A model that costs nothing and is always right: an OpenAI-compatible server on loopback, from the standard library.

Its k-th answer is the k-th program, whoever asks, in the form that the framework which asks wants answers in; the path
says which it is (``/openevolve/v1``). ``GET /stats`` tells how many questions came and how long they were. Usage:

    python model.py --latency 1.0

It prints its port.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MARKED = "# EVOLVE-BLOCK-START\n{code}\n# EVOLVE-BLOCK-END\n"


def program(number: int) -> str:
    """The program with this number; what it answers is its score, which no order of programs predicts."""
    worth = int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:6], "big") / 2**48
    return f'def answer():\n    """Candidate {number}."""\n    return {worth:.12f}\n'


def reply(framework: str, number: int) -> str:
    """The message with program ``number``, as a framework asks for full rewrites."""
    code = program(number)
    if framework == "evolve":  # it asks for what is to stand between the marks
        return f"```python\n{code}```\n"
    whole = f"```python\n{MARKED.format(code=code)}```\n"
    if framework == "shinka":
        return f"<NAME>\ncandidate_{number}\n</NAME>\n<DESCRIPTION>\nAnother.\n</DESCRIPTION>\n<CODE>\n{whole}</CODE>\n"
    return whole


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Model

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._send(self.server.stats())

    def do_POST(self) -> None:
        arrived = time.time()
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        prompt = "".join(str(message.get("content") or "") for message in body.get("messages", []))
        number = self.server.asked(arrived, len(prompt))
        time.sleep(self.server.latency)
        text = reply(self.path.split("/")[1], number)
        usage = {"prompt_tokens": len(prompt) // 4, "completion_tokens": len(text) // 4}
        usage["total_tokens"] = sum(usage.values())
        message = {"role": "assistant", "content": text}
        self._send(
            {
                "id": f"mock-{number}", "object": "chat.completion", "created": int(arrived), "model": "mock",
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}], "usage": usage,
            }
        )  # fmt: skip

    def _send(self, document: dict[str, Any]) -> None:
        payload = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


class Model(ThreadingHTTPServer):
    """The server; counts what it is asked."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, latency: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.latency = latency
        self._lock = threading.Lock()
        self._first, self._questions, self._characters = 0.0, 0, 0

    def asked(self, when: float, characters: int) -> int:
        with self._lock:
            self._first = self._first or when
            self._questions += 1
            self._characters += characters
            return self._questions

    def stats(self) -> dict[str, float]:
        with self._lock:
            return {"first": self._first, "questions": self._questions, "characters": self._characters}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    server = Model(parser.parse_args().latency)
    print(server.server_address[1], flush=True)
    server.serve_forever()
