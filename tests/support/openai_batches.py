"""The batch interface of the scripted server: files, batches, and answers that come when they are looked for."""

from __future__ import annotations

import email
import json
import threading
from collections.abc import Callable
from typing import Any

Answer = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]] | None]
"""Key and body of a request -> status and decoded body of its answer; None leaves it without one."""


class Batches:
    """State of the interface; thread-safe.

    Args:
        answer: how requests are answered.
        looks: how many times a batch is found in progress before it has ended.
    """

    def __init__(self, answer: Answer, looks: int) -> None:
        self._answer, self._looks = answer, looks
        self._lock = threading.Lock()
        self.files: dict[str, bytes] = {}
        self.made: dict[str, dict[str, Any]] = {}
        self._looked: dict[str, int] = {}

    def post(self, path: str, headers: Any, body: bytes) -> dict[str, Any] | None:
        """Answer to a POST; None if the path is not of this interface."""
        with self._lock:
            if path == "/v1/files":
                return self._file(_uploaded(headers["Content-Type"], body))
            if path == "/v1/batches":
                return self._batch(json.loads(body))
        return None

    def get(self, path: str) -> bytes | None:
        """Answer to a GET; None if there is no such thing."""
        with self._lock:
            parts = path.partition("?")[0].strip("/").split("/")[1:]
            if parts == ["batches"]:
                page = {"object": "list", "data": list(self.made.values()), "has_more": False}
                return json.dumps(page).encode()
            if parts[:1] == ["batches"] and parts[1] in self.made:
                return json.dumps(self._look(self.made[parts[1]])).encode()
            if parts[:1] == ["files"] and parts[2:] == ["content"]:
                return self.files.get(parts[1])
        return None

    def _file(self, content: bytes) -> dict[str, Any]:
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return {"id": name, "object": "file", "bytes": len(content), "created_at": 1, "filename": f"{name}.jsonl",
                "purpose": "batch", "status": "processed"}  # fmt: skip

    def _batch(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = f"batch-{len(self.made) + 1}"
        self.made[name] = {"id": name, "object": "batch", "created_at": 1, "status": "in_progress",
                           "endpoint": asked["endpoint"], "input_file_id": asked["input_file_id"],
                           "completion_window": "24h", "metadata": asked.get("metadata")}  # fmt: skip
        return self.made[name]

    def _look(self, batch: dict[str, Any]) -> dict[str, Any]:
        looked = self._looked[batch["id"]] = self._looked.get(batch["id"], 0) + 1
        if batch["status"] == "in_progress" and looked > self._looks:
            good, bad = [], []
            requests = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
            for request in requests:
                answer = self._answer(request["custom_id"], request["body"])
                if answer is not None:
                    status, body = answer
                    response = {"status_code": status, "request_id": "r", "body": body}
                    line = {"id": "line", "custom_id": request["custom_id"], "response": response, "error": None}
                    (good if status == 200 else bad).append(json.dumps(line))
            batch["status"] = "completed" if len(good) + len(bad) == len(requests) else "expired"
            for key, lines in (("output_file_id", good), ("error_file_id", bad)):
                batch[key] = self._file("\n".join(lines).encode())["id"] if lines else None
        return batch


def _uploaded(content_type: str, body: bytes) -> bytes:
    """The file in a form."""
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    for part in message.get_payload():
        if part.get_filename():
            return part.get_payload(decode=True)
    raise ValueError("no file in the form")
