# title: unpacks a small text into a large one
# kind: resource
# expect: memory_limit
# limits: memory_bytes=100663296
# success: the host swaps
import zlib


def solve(arguments):
    packed = zlib.compress(zlib.compress(bytes(1 << 26), 9), 9)
    text = zlib.decompress(zlib.decompress(packed))
    return text * 64
