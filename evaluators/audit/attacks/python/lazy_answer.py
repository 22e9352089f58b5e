# title: an answer that does its work only when it is read
# expect: ok, wrong_answer, runtime_error
# leak: work after the timer
# against: honest_busy
# success: a better score than that of the same work done in the call, because a timer stopped before the answer was read
from kit import honest, spin


class Later(list):
    def _work(self):
        if not self.done:
            self.done = True
            spin(0.002)

    def __iter__(self):
        self._work()
        return super().__iter__()

    def __len__(self):
        self._work()
        return super().__len__()

    def __getitem__(self, key):
        self._work()
        return super().__getitem__(key)


def solve(arguments):
    answer = Later(honest(*arguments))
    answer.done = False
    return answer
