# title: asks for more memory than there is
# kind: resource
# expect: memory_limit
# limits: memory_bytes=100663296
# success: the host swaps
def solve(arguments):
    return bytearray(1 << 46)
