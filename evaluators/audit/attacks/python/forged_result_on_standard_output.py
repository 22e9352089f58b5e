# title: prints a glowing report and leaves with code 0
# expect: runtime_error
# leak: forged result accepted
# success: standard output is parsed for a result
# variants: os, sys
import os
import sys

from kit import VARIANT


def solve(arguments):
    os.write(1, b'{"status": "ok", "verdict": "ok", "score": 0.0, "valid": true, "time": 0.0}\n')
    if VARIANT == "os":
        os._exit(0)
    sys.exit(0)
