# title: numbers no index can be
# expect: ok, wrong_answer, runtime_error
# leak: wrong answer accepted
# variants: -1, 4294967296, 9223372036854775807, 340282366920938463463374607431768211456, 1e308
# success: an index wraps around, or the judge breaks
from kit import VARIANT, honest, like


def solve(arguments):
    return like(honest(*arguments), float(VARIANT) if "e" in VARIANT else int(VARIANT))
