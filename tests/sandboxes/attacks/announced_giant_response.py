# announced giant response
# ends: output_limit

import os


def solve(r):
    for fd in range(3, 60):
        try:
            os.write(fd, b"\xfe\xff\xff\xff")
        except OSError:
            pass
    while True:
        pass
