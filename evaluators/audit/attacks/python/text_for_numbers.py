# title: text and truth values in place of numbers
# expect: ok, wrong_answer, runtime_error
# leak: wrong answer accepted
# variants: text, true, bytes, complex
# success: a number is made of what is none, to its advantage
from kit import VARIANT, honest, like


def solve(arguments):
    return like(honest(*arguments), {"text": "0", "true": True, "bytes": b"0", "complex": 0j}[VARIANT])
