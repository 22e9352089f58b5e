# title: a glowing report on every descriptor, then a clean exit
# expect: runtime_error, output_limit, wrong_answer
# leak: forged result accepted
# success: what was written on a descriptor is taken for a result
import os


def solve(arguments):
    for fd in range(64):
        try:
            os.write(fd, b'{"status": "ok", "score": 0.0, "valid": true}\n')
        except OSError:
            continue
    os._exit(0)
