# What every Python attack is given. This text stands before the attack in one and the same file, after a few lines that
# define ENTRY, HONEST, NEEDLES, VARIANT, EXTREME, ONLINE and PROCESS_NAME; `from kit import …` in an attack is taken out.
import ctypes
import fcntl
import os
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.prctl(15, PROCESS_NAME, 0, 0, 0)  # inherited by every fork, so that what outlives the job is recognised


def _function(source):
    space = {"__name__": "honest"}
    exec(source, space)
    return space[ENTRY]


honest, *rivals = [_function(source) for source in HONEST]


def pwned(why):
    """Say that an attack got through; whoever reads this text knows what to do."""
    os.write(1, f"PWNED {why}\n".encode())


def attempt(what, action):
    """Try something that must be refused: by an exception, or by -1, the C library's way."""
    try:
        result = action()
    except (OSError, ValueError, ImportError, MemoryError, RuntimeError):
        return
    if type(result) is not int or result >= 0:
        pwned(what)


def once(action):
    """Do something in the first call only."""
    done = []

    def guarded(*arguments):
        if not done:
            done.append(True)
            return action(*arguments)
        return None

    return guarded


def like(answer, value):
    """Something of the same shape as ``answer`` with ``value`` in place of every number."""
    if isinstance(answer, dict):
        return {key: like(item, value) for key, item in answer.items()}
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    if isinstance(answer, (list, tuple)):
        return [like(item, value) for item in answer]
    return value


def outer_frames():
    """Frames of those who called the candidate, the nearest first; the candidate's own are left out."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals is not globals():
            yield frame
        frame = frame.f_back


def result_pipe():
    """The descriptor on which the program's answers leave."""
    for fd in range(3, 64):
        try:
            writing = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
        except OSError:
            continue
        if writing:
            return fd
    return -1


def send(raw):
    """Write ``raw`` as one whole frame on the result pipe, past the harness."""
    os.write(result_pipe(), struct.pack("<I", len(raw)) + raw)


def spin(seconds):
    """Burn CPU time, by a clock that nobody patched."""
    clock = time_of_thread
    until = clock() + seconds
    while clock() < until:
        pass


from time import thread_time as time_of_thread  # noqa: E402
