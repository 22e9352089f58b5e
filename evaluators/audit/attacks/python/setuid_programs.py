# title: runs programs that make others root
# kind: escape
# expect: ok, process_limit
# leak: kernel interface reachable
# success: one of them works
import os
import subprocess

from kit import honest, once, pwned


@once
def reach():
    for command in (
        ["su", "-c", "id -u"],
        ["mount", "-t", "tmpfs", "x", "/w"],
        ["newgrp"],
        ["chfn"],
        ["unshare", "-Ur", "id", "-u"],
    ):
        try:
            done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=2, check=False)
        except (OSError, subprocess.SubprocessError):
            continue
        if os.getuid() and done.returncode == 0 and done.stdout.strip() == b"0":
            pwned(" ".join(command))


def solve(arguments):
    reach()
    return honest(*arguments)
