"""Models of known competence: right with a probability that depends on the level, failing by a known class."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence

from evaluators.rconstraintbench.model import GeneratedInstance, Instance, Schedule
from evaluators.rconstraintbench.verifier import verify
from evolve.rcbench.prompts import Prompts
from tests.support.openai_server import question_key

_TRIES = 4000


def planted_answers(
    generated: Sequence[GeneratedInstance], right: Callable[[int], float], kinds: Sequence[str], seed: int = 0,
    prompt: str = "fields",
) -> dict[str, str]:  # fmt: skip
    """Question's key -> answer, for ``Script.answers``.

    Args:
        generated: instances with their witnesses.
        right: level -> probability of a feasible answer.
        kinds: classes of violation to fail by, in turn; the next one where an instance cannot be failed by it alone.
        seed: of everything drawn.
        prompt: wording of the questions.
    """
    prompts, rng, answers = Prompts(), random.Random(seed), {}
    for k, one in enumerate(generated):
        schedule: Schedule = one.witness
        if rng.random() >= right(one.instance.level):
            wanted = [*kinds[k % len(kinds) :], *kinds[: k % len(kinds)], "FORMAT"]
            schedule = next(s for kind in wanted if (s := failed(one.instance, one.witness, kind, rng)) is not None)
        question = prompts.question(prompt, one.instance)
        answers[question_key([dict(m) for m in question.messages])] = answer_text(schedule)
    return answers


def failed(instance: Instance, witness: Schedule, kind: str, rng: random.Random) -> Schedule | None:
    """A schedule that violates constraints of this class and no other; None if none was found."""
    if kind == "FORMAT":
        return {task: start for task, start in witness.items() if task != len(witness)}
    for _ in range(_TRIES):
        task = rng.choice(instance.tasks)
        schedule = {**witness, task.id: rng.randrange(instance.horizon)}
        if verify(instance, schedule).kinds == (kind,):
            return schedule
    return None


def answer_text(schedule: Schedule) -> str:
    """A schedule as a model would write it."""
    entries = [{"task": task, "start": start} for task, start in sorted(schedule.items())]
    return f"Here it is.\n```json\n{json.dumps({'schedule': entries})}\n```\n"
