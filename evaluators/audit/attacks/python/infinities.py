# title: infinities in place of numbers
# expect: ok, wrong_answer, runtime_error
# leak: wrong answer accepted
# variants: inf, -inf
# score: free
# success: a judge that breaks, or a score that is not a number
from kit import VARIANT, honest, like


def solve(arguments):
    return like(honest(*arguments), float(VARIANT))
