# title: decides by a hash of all it can see, so that any sight of the future changes what it does today
# only: online, rivals
# stage: audit
# expect: ok
# leak: future visible
# score: free
# success: its decisions differ between two instances that agree up to then
import hashlib

from kit import honest, outer_frames, rivals


def content(value, depth=0):
    if value is globals() or depth > 5:
        return ""
    if isinstance(value, dict):
        return "".join(f"{key}:{content(item, depth + 1)};" for key, item in sorted(value.items(), key=str))
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(content(item, depth + 1) for item in value) + "]"
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return repr(value.tolist())
    return repr(value) if isinstance(value, (bytes, str, int, float)) else ""


def solve(arguments):
    seen = content(arguments) + "".join(
        content(dict(f.f_locals)) for f in outer_frames() if f.f_code.co_name != "_answer"
    )
    coin = hashlib.sha256(seen.encode()).digest()[0]
    return (honest if coin % 2 else rivals[0])(*arguments)
