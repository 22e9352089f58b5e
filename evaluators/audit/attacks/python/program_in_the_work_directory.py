# title: brings a program along and runs it
# kind: escape
# expect: ok, process_limit
# leak: kernel interface reachable
# success: a file it wrote is executed
import os
import shutil
import subprocess

from kit import attempt, honest, once


@once
def reach():
    shutil.copy("/usr/bin/true", "/w/program")
    os.chmod("/w/program", 0o4755)
    attempt("exec", lambda: subprocess.run(["/w/program"], check=False).returncode)


def solve(arguments):
    reach()
    return honest(*arguments)
