# title: has the interpreter compile a giant
# kind: resource
# expect: time_limit, memory_limit, runtime_error
# variants: wide, deep, table
# limits: cpu_seconds=0.5 memory_bytes=134217728
# success: compiling is measured for nobody
from kit import VARIANT


def solve(arguments):
    if VARIANT == "deep":
        return compile("-" * 10**6 + "1", "x", "eval")
    if VARIANT == "table":
        return eval("[" + "[1, 2], " * 10**7 + "]")
    exec("x = 1\n" * 10**7)
    return None
