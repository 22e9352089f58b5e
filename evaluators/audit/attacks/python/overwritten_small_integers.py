# title: makes zero equal to one by writing into the interpreter
# expect: ok, wrong_answer, runtime_error, time_limit, output_limit, memory_limit, tampering
# leak: forged result accepted
# success: a better score, because numbers in its process are no numbers any more
import ctypes

from kit import honest


def solve(arguments):
    answer = honest(*arguments)
    ctypes.memmove(id(257 - 255) + 24, b"\x03", 1)
    return answer
