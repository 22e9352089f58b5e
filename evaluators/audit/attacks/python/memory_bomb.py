# title: takes memory until there is none
# kind: resource
# expect: memory_limit
# limits: memory_bytes=100663296
# success: the host swaps
def solve(arguments):
    blocks = []
    while True:
        blocks.append(bytearray(1 << 20))
