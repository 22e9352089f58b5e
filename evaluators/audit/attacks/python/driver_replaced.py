# title: clears the modules that carry its answers out
# expect: runtime_error
# leak: forged result accepted
# success: a job that can no longer answer counts as answered
import sys


def solve(arguments):
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "worker":
            vars(module).clear()
    return None
