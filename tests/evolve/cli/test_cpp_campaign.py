"""A C++ kernel from the command line to the archive and back, proposals by a scripted model over real HTTP."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from cli_running import spawn

from evaluators.registry import locate
from evolve import load
from evolve.archive import Archive

PROBLEM = "kernels/prefix-sum"
HEAD = "#include <cstddef>\n#include <cstdint>\n"
SIGNATURE = "void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n)"
BODY = "std::uint64_t s = 0;\n    for (std::size_t i = 0; i < n; ++i) { s += in[i]; out[i] = s; }"
SCAN = f"{HEAD}\n{SIGNATURE} {{\n    {BODY}\n}}\n"
ANSWERS = (
    f"Unrolled by hand:\n```cpp\n{SCAN.replace('s += in[i];', 's = s + in[i];')}```\n",
    f"```cpp\n{SCAN.replace('s = 0', 's = 1')}```",
    "<<<<<<< SEARCH\n    std::uint64_t sum = 0;\n=======\n    std::uint64_t sum{0};\n>>>>>>> REPLACE\n",
    f"```c++\n{SCAN.replace('s += in[i]', 's += in[i')}```",
)


class _Model(BaseHTTPRequestHandler):
    questions: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = ANSWERS[len(self.questions) % len(ANSWERS)]
        self.questions.append("\n".join(message["content"] for message in question["messages"]))
        message = {"role": "assistant", "content": text}
        answer = {
            "id": "x", "object": "chat.completion", "created": 1, "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
        }  # fmt: skip
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def model() -> Iterator[str]:
    _Model.questions.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Model) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


@pytest.fixture
def quick(tmp_path: Path) -> str:
    """The problem in a folder of its own, timed once."""
    copy = tmp_path / "quick"
    shutil.copytree(locate(PROBLEM), copy, ignore=shutil.ignore_patterns("__pycache__"))
    declared = copy / "problem.toml"
    declared.write_text(declared.read_text().replace("pairs = 5", "pairs = 1"))
    return str(copy)


def test_a_campaign_of_model_calls(tmp_path, monkeypatch, model, quick):
    key = {"OPENAI_API_KEY": "none", "EVOLVE_CACHE": str(tmp_path / "cache")}
    ran = spawn(
        "run", quick, "--model", "openai/scripted", "--base-url", model, "--proposals", "4", "--seed", "1",
        "--workers", "1", "--json", cwd=tmp_path, **key,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    document = ran.document()
    assert document["winner"]["source"].count("prefix_sum") >= 1
    assert document["test"]["verdict"] == "ok"
    assert any("C++20" in question and "```cpp" in question for question in _Model.questions)
    assert document["verdicts"].get("ok", 0) >= 1
    # Who is to mend a wrong answer is told how much of it is right.
    repairs = [question for question in _Model.questions if "This program failed" in question]
    assert any("progress 0.22 of 1" in question for question in repairs)
    assert any("1 of 9 check inputs are answered rightly" in question for question in repairs)
    wrong = spawn("archive", "list", "--campaign", document["campaign"], "--verdict", "wrong_answer", "--json",
                  cwd=tmp_path).document()  # fmt: skip
    shown = spawn("archive", "show", wrong[0]["candidate"][:12], cwd=tmp_path)
    assert "wrong_answer  progress 0.22 of 1" in " ".join(shown.out.split(" ")), shown.out
    winner = document["winner"]["candidate"]
    exported = spawn("archive", "export", winner[:12], cwd=tmp_path)
    assert exported.code == 0, exported.err
    assert exported.out.startswith("// prefix_sum for") and SIGNATURE.split("(")[0] in exported.out
    back = spawn("eval", quick, f"archive:{winner[:12]}", "--stages", "smoke,memory", "--json", cwd=tmp_path, **key)
    assert back.code == 0, back.err
    stages = [stage["name"] for stage in back.document()["stages"]]
    assert stages == ["screen", "build", "smoke", "memory"]
    back = spawn("eval", quick, "baseline:two_pass", "--stages", "train", "--json", cwd=tmp_path, **key)
    versus = back.document()["paired_vs_best_baseline"]
    # Times are compared by intervals over pairs, and one pair has none; over instances there would be one.
    assert versus["confidence"] == pytest.approx([versus["difference"]] * 2)
    monkeypatch.setenv("EVOLVE_CACHE", key["EVOLVE_CACHE"])
    check_what_is_loaded(tmp_path / "evolve.db", winner[:12])


def check_what_is_loaded(archive, winner):
    """The winner as a function in this process; what was never right is not one."""
    numbers, sums = np.arange(-3, 7), np.zeros(10, dtype=np.int64)
    load(archive, winner)(numbers, sums, len(numbers))
    assert sums.tolist() == np.cumsum(numbers).tolist()
    with Archive(archive, create=False) as store:
        wrong = store.row(
            "SELECT id FROM candidates WHERE id NOT IN (SELECT candidate_id FROM evaluations WHERE verdict = 'ok')"
        )
    with pytest.raises(ValueError, match="no evaluation that ended ok"):
        load(archive, wrong["id"])
    with pytest.raises(ValueError, match="no candidate"):
        load(archive, "0000000")


def test_proposers_that_ask_nobody_take_cpp_too(evolve):
    for proposer in ("genetic", "random"):
        ran = evolve("run", PROBLEM, "--proposer", proposer, "--evaluations", "3", "--dry-run")
        assert ran.code == 0, ran.err


def test_a_source_that_is_none_is_bad_input(evolve, tmp_path):
    (tmp_path / "x.cpp").write_text("int main() {}\n")
    ran = evolve("eval", PROBLEM, "x.cpp")
    assert ran.code == 2 and "x.cpp" in ran.err and "must define" in ran.err
    ran = evolve("eval", PROBLEM, "x.cpp", "--stages", "smoke,magic")
    assert ran.code == 2 and "screen, build, smoke, train, memory, races" in ran.err
