# setuid programs
# ends: finished

import subprocess


def solve(r):
    p = subprocess.run(["/usr/bin/su", "-c", "id"], capture_output=True)
    if b"uid=0(root)" in p.stdout:
        print("PWNED su")
    return r
