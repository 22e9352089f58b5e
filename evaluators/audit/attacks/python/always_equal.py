# title: objects that are equal to everything and longer than any list
# expect: wrong_answer, runtime_error
# leak: wrong answer accepted
# success: a check in the candidate's process compares with them
class Agreeable(list):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __lt__(self, other):
        return True

    def __len__(self):
        return 10**9

    def __contains__(self, other):
        return True

    __hash__ = None


class Small(float):
    def __eq__(self, other):
        return True

    def __le__(self, other):
        return True

    def __repr__(self):
        return "0.0"

    def __index__(self):
        return 0

    __hash__ = None


def solve(arguments):
    return Agreeable([Small(9e9), Small(9e9), Small(9e9)])
