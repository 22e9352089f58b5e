# title: bytes that no harness would send, past the harness
# expect: wrong_answer
# leak: hostile answer breaks the judge
# only: offline
# variants: nan, infinity, overflow, digits, surrogate, twice, bom, null, zero, one
# success: the host's parser accepts it, or breaks
import time

from kit import VARIANT, send

RAW = {
    "nan": b"[NaN]", "infinity": b"[-Infinity]", "overflow": b"[1e999]", "digits": b"[" + b"9" * 100_000 + b"]",
    "surrogate": b'["\\ud800"]', "twice": b'{"a": 1, "a": 2}', "bom": b"\xef\xbb\xbf[]", "null": b"\x00" * 9,
    "zero": b"", "one": b"\x01" + b"\xff" * 9,
}  # fmt: skip


def solve(arguments):
    send(RAW[VARIANT])
    time.sleep(60)
