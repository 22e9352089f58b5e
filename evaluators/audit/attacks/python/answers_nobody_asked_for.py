# title: writes answers on the result pipe before they are asked for
# only: offline
# expect: tampering, wrong_answer, output_limit
# leak: forged result accepted
# success: its forged frames are taken for answers to later requests
from kit import honest, once, send


@once
def forge():
    for _ in range(3):
        send(b'{"score": 1e9, "valid": true}')


def solve(arguments):
    forge()
    return honest(*arguments)
