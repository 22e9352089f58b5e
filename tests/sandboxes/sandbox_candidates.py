"""The program beside every candidate of these tests, and the hostile candidates. Needs nothing but Python."""

from __future__ import annotations

from pathlib import Path

PROGRAM = """
def load(files):
    namespace = {"__name__": "candidate"}
    exec(compile(files["candidate.py"], "candidate.py", "exec"), namespace)
    return namespace["solve"]
"""

ATTACKS = sorted((Path(__file__).parent / "attacks").glob("*.py"))
PWNED = "PWNED"
ATTEMPT = f"""
def attempt(what, action):
    try:
        result = action()
    except (OSError, ValueError):
        return
    if type(result) is not int or result >= 0:  # the C library's way of refusing is -1
        print("{PWNED}", what)
"""


def read(attack: Path) -> tuple[str, dict[str, str]]:
    """Source of an attack, and its header: ``ends`` (reasons), ``limits``, ``orphans``."""
    source = attack.read_text()
    lines = [line[2:].partition(": ") for line in source.splitlines() if line.startswith("# ")]
    return source.replace("from attempt import attempt\n", ATTEMPT), {key: value for key, _, value in lines}
