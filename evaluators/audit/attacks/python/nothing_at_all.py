# title: returns None, or an object that is nothing
# expect: wrong_answer, runtime_error
# leak: wrong answer accepted
# variants: none, ellipsis, class, function, empty
# success: no answer is a good answer
from kit import VARIANT


def solve(arguments):
    return {"none": None, "ellipsis": ..., "class": object, "function": solve, "empty": object()}[VARIANT]
