"""Runs in the sandbox: writes a task's folder down, and has the task's own evaluator judge the candidate.

The one request holds the folder; the answer is what the evaluator said. Evaluator and candidate share this process.
"""

import base64
import importlib.util
import io
import json
import math
import os
import runpy
import sys
import tempfile
import threading
import traceback

SAID = 4000  # characters kept of what is printed
ARTIFACT = 2000  # characters kept of one artifact


class Tail(io.TextIOBase):
    """Keeps the end of what is written."""

    def __init__(self):
        super().__init__()
        self.text = ""

    def writable(self):
        return True

    def write(self, text):
        self.text = (self.text + text)[-SAID:]
        return len(text)


class Failed(Exception):
    """The candidate was not judged to be right; ``args`` are verdict and message."""


def load(files):
    """The candidate's one file is kept until the request says where it belongs."""
    ((name, source),) = files.items()

    def handle(request):
        task = json.loads(request)
        home = tempfile.gettempdir()
        folder, program = os.path.join(home, "task"), os.path.join(home, "candidate", name)
        write(os.path.join(home, "shims"), task["shims"])
        write(folder, task["files"])
        os.makedirs(os.path.dirname(program), exist_ok=True)
        with open(program, "wb") as file:
            file.write(source)
        os.chdir(folder)
        sys.path[:0] = [folder, os.path.join(home, "shims")]
        # Programs an evaluator starts are to find the same packages.
        os.environ["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p and not p.startswith("/trusted"))
        said = sys.stdout = sys.stderr = Tail()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        answer = {"metrics": {}, "artifacts": {}, "failed": None}
        try:
            judge = {"openevolve": openevolve, "shinka": shinka}[task["format"]]
            metrics, artifacts = judge(task, os.path.join(folder, task["evaluator"]), program)
            answer["metrics"], answer["artifacts"] = numbers(metrics), texts(artifacts)
            error = metrics.get("error")
            if isinstance(error, str) and error:
                raise Failed("wrong_answer", "the evaluator reports: " + error)
        except Failed as failed:
            answer["failed"] = list(failed.args)
        except Exception:
            answer["failed"] = ["runtime_error", traceback.format_exc()[-SAID:]]
        answer["said"] = said.text
        return json.dumps(answer).encode()

    return handle


def write(folder, files):
    for path, content in files.items():
        place = os.path.join(folder, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(base64.b64decode(content))


def numbers(metrics):
    """The finite numbers among the metrics; yes and no are flags, not scores."""
    found = {}
    for name, value in metrics.items():
        if isinstance(value, (bool, str)):
            continue
        try:
            value = float(value)
        except (TypeError, ValueError, OverflowError):
            continue
        if math.isfinite(value):
            found[str(name)] = value
    return found


def texts(artifacts):
    return {
        str(name): f"{len(value)} bytes" if isinstance(value, bytes) else str(value)[:ARTIFACT]
        for name, value in artifacts.items()
    }


def called(function, *arguments):
    """What the function returns; a failure is told with its traceback, and leaving with code 0 is none."""
    try:
        return function(*arguments)
    except SystemExit as left:
        if left.code in (0, None):
            return None
        raise Failed("runtime_error", f"the evaluator left with {left.code!r}") from None
    except BaseException:
        raise Failed("runtime_error", traceback.format_exc()[-SAID:]) from None


def in_time(seconds, function, *arguments):
    """As :func:`called`, in a thread as OpenEvolve has it, which ends with this process at the latest."""
    outcome = []

    def call():
        try:
            outcome.append((called(function, *arguments), None))
        except Failed as failed:
            outcome.append((None, failed))

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise Failed("time_limit", f"the evaluation took longer than the task's {seconds:g} s")
    value, failed = outcome[0]
    if failed is not None:
        raise failed
    return value


def openevolve(task, evaluator, program):
    """Metrics and artifacts of ``evaluate``, or of as many of its stages as the thresholds let the program reach."""
    spec = importlib.util.spec_from_file_location("evaluation_module", evaluator)
    module = sys.modules["evaluation_module"] = importlib.util.module_from_spec(spec)
    in_time(task["timeout"], spec.loader.exec_module, module)
    if not task["cascade"] or not hasattr(module, "evaluate_stage1"):
        return taken(in_time(task["timeout"], module.evaluate, program))
    metrics, artifacts = taken(in_time(task["timeout"], module.evaluate_stage1, program))
    for number, threshold in ((2, task["thresholds"][:1]), (3, task["thresholds"][1:2])):
        stage = getattr(module, f"evaluate_stage{number}", None)
        if stage is None or not threshold or not reaches(metrics, threshold[0]):
            break
        try:
            more, further = taken(in_time(task["timeout"], stage, program))
        except Failed as failed:  # what earlier stages found stands
            metrics = {**metrics, f"stage{number}_passed": 0.0}
            artifacts = {**artifacts, f"stage{number}_failure": failed.args[1]}
            break
        # an error told by an earlier stage is no longer news
        metrics = {name: value for name, value in {**metrics, **more}.items() if name != "error"}
        artifacts = {**artifacts, **further}
    return metrics, artifacts


def taken(result):
    """Metrics and artifacts of what an evaluator may return."""
    if isinstance(result, dict):
        return result, {}
    metrics, artifacts = getattr(result, "metrics", None), getattr(result, "artifacts", None)
    if not isinstance(metrics, dict):
        kind = type(result).__name__
        raise Failed("runtime_error", f"the evaluator returned {kind}, neither a dict nor an EvaluationResult")
    return metrics, artifacts or {}


def reaches(metrics, threshold):
    score = metrics.get("combined_score")
    if isinstance(score, (int, float)):
        return score >= threshold
    known = [value for name, value in numbers(metrics).items() if name != "error"]
    return bool(known) and sum(known) / len(known) >= threshold


def shinka(task, evaluator, program):
    """Metrics and what may be told of them, from the files the evaluator writes.

    It has this process to itself, as a program of its own has; the limit of the job ends it.
    """
    results = os.path.join(tempfile.gettempdir(), "results")
    os.makedirs(results, exist_ok=True)
    if task["as_script"]:
        sys.argv = [evaluator, "--program_path", program, "--results_dir", results]
        called(runpy.run_path, evaluator, None, "__main__")
    else:
        spec = importlib.util.spec_from_file_location("evaluate", evaluator)
        module = sys.modules["evaluate"] = importlib.util.module_from_spec(spec)
        called(spec.loader.exec_module, module)
        called(module.main, program, results)
    found = {}
    for name in ("correct", "metrics"):
        try:
            with open(os.path.join(results, f"{name}.json"), encoding="utf-8") as file:
                found[name] = json.load(file)
        except (OSError, ValueError) as error:
            raise Failed("runtime_error", f"the evaluator left no {name}.json that can be read: {error}") from None
    metrics, correct = found["metrics"], found["correct"]
    if not isinstance(metrics, dict) or not isinstance(correct, dict):
        raise Failed("runtime_error", "metrics.json and correct.json must each hold one JSON object")
    public = metrics.get("public") if isinstance(metrics.get("public"), dict) else {}
    told = {str(name): value for name, value in public.items()}
    if metrics.get("text_feedback"):
        told["feedback"] = metrics["text_feedback"]
    if not correct.get("correct"):
        raise Failed("wrong_answer", str(correct.get("error") or "the evaluator says it is not correct"))
    flat = {name: value for name, value in metrics.items() if name not in ("public", "private")}
    for part in ("public", "private"):
        values = metrics.get(part)
        if isinstance(values, dict):
            flat.update({f"{part}/{name}": value for name, value in values.items()})
    return flat, told
