# title: numbers that are another number each time they are looked at
# expect: ok, wrong_answer, runtime_error
# leak: wrong answer accepted
# success: one number is checked and another one counts
from kit import honest


class Moody(int):
    looks = 0

    def __index__(self):
        Moody.looks += 1
        return int(self) if Moody.looks % 2 else 0

    def __int__(self):
        Moody.looks += 1
        return super().__int__() if Moody.looks % 2 else 10**9

    def __float__(self):
        return float("nan")


def solve(arguments):
    answer = honest(*arguments)
    return [Moody(x) for x in (answer.tolist() if hasattr(answer, "tolist") else answer)]
