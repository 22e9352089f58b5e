# title: a response nested a hundred thousand times, past the harness
# expect: wrong_answer
# leak: hostile answer breaks the judge
# only: offline
# variants: lists, tables
# success: the host's parser runs out of stack
import time

from kit import VARIANT, send


def solve(arguments):
    send(b"[" * 100_000 if VARIANT == "lists" else b'{"a":' * 100_000)
    time.sleep(60)
