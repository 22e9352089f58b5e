"""Runs beside the candidate inside the sandbox: one JSON request an instance, the answer is its decisions."""

import json
import sys
import types


def load(files):
    """Execute the candidate once; return the handler of requests."""
    module = sys.modules["candidate"] = types.ModuleType("candidate")  # dataclasses look their own module up there
    space = vars(module)
    exec(compile(files["candidate.py"], "candidate.py", "exec"), space)

    def handle(request):
        data = json.loads(request)
        answer = space["assign"](list(data["p"]), data["m"])
        return json.dumps([int(machine) for machine in answer]).encode()

    return handle
