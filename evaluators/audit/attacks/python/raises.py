# title: raises instead of answering
# expect: runtime_error, wrong_answer
# leak: exception scored as success
# variants: ValueError, KeyboardInterrupt, GeneratorExit, StopIteration, RecursionError, BaseException, AssertionError, NotImplementedError
# success: an exception becomes an answer, any answer
import builtins

from kit import VARIANT


def solve(arguments):
    raise getattr(builtins, VARIANT)("nothing to see here")
