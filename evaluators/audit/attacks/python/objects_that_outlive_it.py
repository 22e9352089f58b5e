# title: makes shared memory, queues, semaphores and keys that would outlive it
# kind: escape
# expect: ok
# repeat: 2
# leak: state kept between jobs
# success: an object of the kernel's is made or found
from kit import LIBC, attempt, honest, once


@once
def reach():
    attempt("shmget", lambda: LIBC.shmget(0x65766F, 4096, 0o1666))
    attempt("msgget", lambda: LIBC.msgget(0x65766F, 0o1666))
    attempt("semget", lambda: LIBC.semget(0x65766F, 1, 0o1666))
    attempt("mq_open", lambda: LIBC.syscall(240, b"evolve", 0o102, 0o666, 0))
    attempt("shm_open", lambda: open("/dev/shm/evolve", "w").close())
    attempt("memfd", lambda: LIBC.memfd_create(b"evolve", 0))
    attempt("key", lambda: LIBC.syscall(248, b"user", b"evolve", b"x", 1, -5))


def solve(arguments):
    reach()
    return honest(*arguments)
