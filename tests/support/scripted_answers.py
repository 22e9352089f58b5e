"""What the scripted server answers with: programs that fit the prompt, written as a model might, well or badly."""

from __future__ import annotations

import ast
import json
import re

ROLES = {
    "p": ("p", "processing", "processing_time", "processing_times", "proc"),
    "d": ("d", "due", "due_date", "due_dates", "deadline"),
    "t": ("t", "now", "time", "current_time", "clock"),
}


def signature_in(prompt: str) -> tuple[str, list[str]]:
    """Name and parameters of the function asked for: one fenced without a body, else the first one shown."""
    header = r"def\s+(\w+)\s*\(([^)]*)\)[^:\n]*:?"
    found = re.search(rf"```(?:python)?\n{header}\n```", prompt) or re.search(header, prompt)
    if found is None:
        return "priority", ["p", "d", "t"]
    arguments = [part.split(":")[0].split("=")[0].strip().lstrip("*") for part in found[2].split(",")]
    return found[1], [a for a in arguments if a]


def expression(number: int, arguments: list[str]) -> str:
    """One of many rules for single-machine tardiness (smallest first), distinct for most numbers."""
    role = {r: next((a for a in arguments if a.lower() in names), None) for r, names in ROLES.items()}
    a, b = 0.25 + (number * 37 % 101) / 100, 1 + (number * 53 % 97) / 10
    if role["p"] is None or role["d"] is None:
        return (
            " + ".join(f"{(number * (k + 3) * 29 % 7919) / 1000} * {name}" for k, name in enumerate(arguments)) or "0.0"
        )
    p, d, t = role["p"], role["d"], role["t"] or "0.0"
    return [
        f"np.maximum({d} - {t}, {a} * {p})",
        f"np.maximum({t} + {p}, {d}) + {a} * {p}",
        f"-np.exp(-np.maximum({d} - {p} - {t}, 0.0) / ({b} * {p} + {a})) / {p}",
        f"{d} - {t} + {a} * {p}",
        f"np.where({d} - {t} <= {b} * {p}, {p}, {d} - {t} + {a})",
    ][number % 5]


def program(number: int, name: str, arguments: list[str]) -> str:
    """A heuristic with the given signature."""
    header = f"import numpy as np\n\n\ndef {name}({', '.join(arguments)}):\n    # rule {number}\n"
    if "sequence" in name or "order" in name:
        rule = re.sub(r"\b(p|d)\b", r"np.asarray(\1, dtype=float)", expression(number, arguments))
        return header + f'    return np.argsort({rule}, kind="stable").tolist()\n'
    return header + f"    return {expression(number, arguments)}\n"


def parent_in(prompt: str, name: str) -> str | None:
    """The last program shown in the prompt that really defines the function."""
    for block in reversed(re.findall(r"```(?:python)?\n(.*?)```", prompt, flags=re.S)):
        try:
            tree = ast.parse(block)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == name and isinstance(node.body[-1], ast.Return):
                return block
    return None


def edit(number: int, prompt: str) -> str | None:
    """A search/replace answer that changes the last ``return`` of the parent shown in the prompt."""
    name, arguments = signature_in(prompt)
    parent = parent_in(prompt, name)
    if parent is None:
        return None
    function = next(n for n in ast.walk(ast.parse(parent)) if isinstance(n, ast.FunctionDef) and n.name == name)
    last = function.body[-1]
    assert isinstance(last, ast.Return)
    lines = parent.splitlines()[last.lineno - 1 : last.end_lineno]
    value = ast.unparse(last.value) if last.value else "None"
    factor = (number * 41 % 199 + 1) / 1000
    new = f"return {value}" if "sequence" in name else f"return ({value}) * (1 + {factor}) + {factor} * {arguments[0]}"
    indent = " " * last.col_offset
    replace = f"{indent}# edit {number}\n{indent}{new}"
    return "<<<<<<< SEARCH\n" + "\n".join(lines) + f"\n=======\n{replace}\n>>>>>>> REPLACE\n"


def climbing(number: int, step: int) -> str:
    """An answer for ``scheduling/online-flow-time``, the better the greater the step, and the worst at step 0."""
    noise = f"{20 * 0.92**step:.6f} * ((p * 37) % 11)"
    rule = f"p + {noise}" if step else f"-p - 0.001 * {number} * wait"
    code = f"import numpy as np\n\n\ndef priority(p, wait, t, jobs, work):\n    return {rule}\n"
    return f"Try {number} is step {step}.\n\n```python\n{code}```\n"


def shorter(number: int, prompt: str) -> str:
    """The parent shown in the prompt without the last ``+ 0 * …`` of its ``return``, which does nothing."""
    name, arguments = signature_in(prompt)
    parent = parent_in(prompt, name) or program(number, name, arguments)
    return f"The last term is nothing.\n\n```python\n{re.sub(r' [+] 0 [*] [^+]*$', '', parent.rstrip())}\n```\n"


def scripted_answer(behaviour: str, number: int, prompt: str) -> str:
    """The message for a behaviour that answers with status 200."""
    name, arguments = signature_in(prompt)
    code = program(number, name, arguments)
    fenced = f"```python\n{code}```\n"
    if behaviour in ("auto", "slow", "diff"):
        changed = edit(number, prompt) if behaviour == "diff" or "<<<<<<< SEARCH" in prompt else None
        return changed if changed is not None else fenced
    other = "```python\nimport math\nprint(math.pi)\n```\n"
    return {
        "prose": f"Sure! Thinking about slack, I suggest this.\n\n{fenced}\nIt balances urgency and length. Good luck!",
        "fences": f"First a note:\n{other}\nNow the function:\n{fenced}\nand in a shell:\n```sh\npython x.py\n```\n",
        "no_fence": f"Here is the function.\n\n{code}",
        "crlf": fenced.replace("\n", "\r\n"),
        "json": json.dumps({"thought": "slack", "code": code}),
        "think": f"<think>\nMaybe ```python\ndef {name}(): pass\n``` no.\n</think>\n{fenced}",
        "malformed": f"```python\ndef {name}({', '.join(arguments)}):\n    return ((({arguments[0]}\n```\n",
        "wrong_name": fenced.replace(f"def {name}(", "def my_rule("),
        "refusal_text": "I'm sorry, but I can't help with that.",
        "content_filter": "",
        "truncated": fenced[: len(fenced) * 2 // 3],
    }.get(behaviour, fenced)
