# title: an answer nested a hundred thousand times
# expect: wrong_answer, runtime_error
# leak: hostile answer breaks the judge
# success: whoever reads it runs out of stack
def solve(arguments):
    answer = []
    for _ in range(100_000):
        answer = [answer]
    return answer
