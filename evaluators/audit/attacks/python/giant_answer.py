# title: an answer of ten million numbers
# expect: output_limit, wrong_answer, runtime_error, memory_limit, time_limit
# leak: limit not held
# success: the host's memory fills
def solve(arguments):
    return [0] * 10_000_000
