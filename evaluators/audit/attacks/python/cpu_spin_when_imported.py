# title: spins before its entry point exists
# kind: resource
# expect: time_limit
# limits: cpu_seconds=0.4
# success: time before the first call is counted for nobody
while True:
    pass


def solve(arguments):
    return None
