# title: writes and removes files in its work directory
# kind: honest
# expect: ok
import json
import os
import tempfile
from pathlib import Path

from kit import honest, once


@once
def write():
    Path("notes.json").write_text(json.dumps({"k": 1}))
    os.makedirs("deep/er")
    with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
        file.write(b"x" * 100_000)
        Path(folder, "x").touch()
    return Path("notes.json").read_text()


def solve(arguments):
    write()
    return honest(*arguments)
