# program in the work directory
# ends: finished
import os
import shutil
import subprocess

from attempt import attempt


def solve(r):
    shutil.copy("/usr/bin/true", "/w/t")
    os.chmod("/w/t", 0o755)
    attempt("exec", lambda: subprocess.run(["/w/t"]).returncode)
    return r
