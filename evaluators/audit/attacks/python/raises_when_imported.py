# title: raises while it is loaded
# expect: runtime_error
# leak: exception scored as success
# success: a candidate that never ran is scored
raise RuntimeError("not today")


def solve(arguments):
    return None
