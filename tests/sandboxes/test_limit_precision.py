"""Each limit tells nine tenths of it from eleven tenths, of two candidates at once, and ends only the guilty one."""

import threading

import pytest

from sandboxes import Reason
from sandboxes.interface import MEBIBYTE

MEMORY = """
def solve(request):
    block = bytearray(int(request))
    for k in range(0, len(block), 4096):
        block[k] = 1
    return b"kept"
"""
CPU = """
import time

def solve(request):
    until = float(request)
    while time.process_time() < until:
        pass
    return b"kept"
"""
WALL = """
import time

def solve(request):
    time.sleep(float(request))
    return b"kept"
"""
PROCESSES = """
import os, time

def solve(request):
    for _ in range(int(request) - 1):  # the first is this one
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
    return b"kept"
"""
DISK = """
def solve(request):
    with open("filled", "wb") as file:
        for _ in range(int(request) // 4096):
            file.write(bytes(4096))
    return b"kept"
"""
OUTPUT = """
def solve(request):
    return bytes(int(request))
"""
PRINTED = """
def solve(request):
    print("x" * int(request), flush=True)
    return b"kept"
"""

CASES = {
    "memory": (MEMORY, Reason.MEMORY_LIMIT, {"memory_bytes": 64 * MEBIBYTE}, 64 * MEBIBYTE),
    "cpu": (CPU, Reason.CPU_LIMIT, {"cpu_seconds": 1.0, "wall_seconds": 20.0}, 1.0),
    "wall": (WALL, Reason.WALL_LIMIT, {"wall_seconds": 3.0}, 3.0),
    "processes": (PROCESSES, Reason.PROCESS_LIMIT, {"processes": 20}, 20),
    "disk": (DISK, Reason.DISK_LIMIT, {"disk_bytes": 8 * MEBIBYTE}, 8 * MEBIBYTE),
    "responses": (OUTPUT, Reason.OUTPUT_LIMIT, {"response_bytes": MEBIBYTE}, MEBIBYTE),
    "stdout": (PRINTED, Reason.OUTPUT_LIMIT, {"output_bytes": 40_000}, 40_000),
}


@pytest.mark.parametrize("name", CASES)
def test_nine_tenths_pass_and_eleven_tenths_do_not(pool, make_job, name):
    source, reason, limits, limit = CASES[name]
    kind = type(limit)
    outcomes = {}

    def run(share):
        request = str(kind(limit * share)).encode()
        outcomes[share] = pool.run(make_job(source, request, **limits))

    threads = [threading.Thread(target=run, args=(share,)) for share in (0.9, 1.1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes[0.9].reason is Reason.FINISHED, outcomes[0.9]
    assert outcomes[1.1].reason is reason, outcomes[1.1]
