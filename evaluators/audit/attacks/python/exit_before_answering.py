# title: leaves with code 0 before it has answered
# expect: runtime_error
# leak: exception scored as success
# variants: os._exit, SystemExit, exit
# success: a clean exit code counts as success
import os
import sys

from kit import VARIANT


def solve(arguments):
    if VARIANT == "os._exit":
        os._exit(0)
    if VARIANT == "exit":
        sys.exit()
    raise SystemExit(0)
