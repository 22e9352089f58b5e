# title: a thread goes on when everything has been answered
# expect: ok, runtime_error, process_limit, tampering
# leak: work after the timer
# success: it still lives when the job is over
import threading

from kit import honest, once, spin


@once
def start():
    threading.Thread(target=lambda: [spin(0.01) for _ in iter(int, 1)]).start()


def solve(arguments):
    start()
    return honest(*arguments)
