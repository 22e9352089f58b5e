"""Asking one model about many instances: several at once, or in batches; what is answered is never asked again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

from evolve.llm import (
    Answer,
    BatchClient,
    BudgetExhaustedError,
    Call,
    FatalLLMError,
    LLMClient,
    LLMError,
    RefusedError,
    StoppedError,
    UnavailableError,
    loop,
)
from evolve.rcbench.prompts import ANSWER_SCHEMA, Prompts
from evolve.rcbench.reading import read_answer
from evolve.rcbench.results import instance_of
from evolve.rcbench.runs import RunStore, is_final

_SPARE_WORKERS = 8
"""More than calls at once: their questions are ready when a call has ended, before its answer is read."""
_BATCH_TRIES = 3
"""Batches an unanswered call goes into, in one start of a run."""

Dialogue = Generator[Call, Answer | LLMError, None]


@dataclass
class ModelRun:
    """One model's run.

    Attributes:
        store: of the run.
        client: of the model.
        prompts: templates.
        batches: if it is to be asked in batches.
        heard: called with the instance's id after each answer on record.
    """

    store: RunStore
    client: LLMClient
    prompts: Prompts
    batches: BatchClient | None = None
    heard: Callable[[str], None] = lambda _: None
    _stop: LLMError | None = field(default=None, init=False)

    def ask(self, instances: Sequence[str]) -> LLMError | None:
        """Ask about ``instances`` (ids); returns why it stopped early, if it did."""
        repairs = int(self.store.contestant.settings["repairs"])
        complete = self.store.complete(repairs)
        pending = [instance_id for instance_id in instances if instance_id not in complete]
        if self.batches is not None:
            self._ask_in_batches(self.batches, pending)
        else:
            loop.run(self._ask_at_once(pending))
        self.store.flush()
        return self._stop

    def dialogue(self, instance_id: str) -> Dialogue:
        """The turns about one instance: yields a call, takes its answer (or why there is none), records it."""
        settings, store = self.store.contestant.settings, self.store
        repairs = int(settings["repairs"])
        params = {"reasoning_effort": settings["reasoning_effort"]} if settings["reasoning_effort"] else {}
        if settings["json_schema"]:
            params["response_format"] = dict(ANSWER_SCHEMA)
        instance = instance_of(store.archive, instance_id)
        asked = self.prompts.question(settings["prompt"], instance)
        messages = list(asked.messages)
        for turn in range(repairs + 1):
            answer = yield Call(
                store.proposal_id(instance_id), turn, store.contestant.model, tuple(messages), asked.name,
                asked.digest, params,
            )  # fmt: skip
            if isinstance(answer, LLMError):
                store.unanswered(instance_id, turn, answer)
                return
            reading = read_answer(instance, answer.text, answer.finish_reason)
            store.answered(instance_id, turn, reading, answer)
            if is_final(reading.verdict, turn, repairs):
                return
            asked = self.prompts.repair(reading)
            messages += [{"role": "assistant", "content": answer.text}, asked.messages[1]]

    # -- several at once -----------------------------------------------------------------------------------------------

    async def _ask_at_once(self, pending: Sequence[str]) -> None:
        todo = iter(pending)
        count = min(self.client.settings.concurrency + _SPARE_WORKERS, len(pending))
        # None is cancelled if another fails: answers under way are paid, and are recorded.
        ends = await asyncio.gather(*(self._work(todo) for _ in range(count)), return_exceptions=True)
        for error in ends:
            if error is not None:
                raise error

    async def _work(self, todo: Iterator[str]) -> None:
        while not self.client.stopping.is_set():
            instance_id = next(todo, None)
            if instance_id is None:
                return
            try:
                await self._converse(instance_id)
            except (BudgetExhaustedError, FatalLLMError, StoppedError) as error:
                self._give_up(error)
                return
            except BaseException:
                self.client.stop()  # of this program: the others need not go on
                raise
            self.heard(instance_id)

    async def _converse(self, instance_id: str) -> None:
        dialogue = self.dialogue(instance_id)
        call = next(dialogue)
        while True:
            outcome: Answer | LLMError
            try:
                outcome = await self.client.ask(call)
            except (RefusedError, UnavailableError) as error:
                outcome = error
            try:
                call = dialogue.send(outcome)
            except StopIteration:
                return

    def _give_up(self, error: LLMError) -> None:
        if self._stop is None or isinstance(self._stop, StoppedError):
            self._stop = error
        self.client.stop()

    # -- in batches ----------------------------------------------------------------------------------------------------

    def _ask_in_batches(self, batches: BatchClient, pending: Sequence[str]) -> None:
        try:
            for batch in batches.under_way():
                batches.collect(batch)
            tried: dict[tuple[str, int], int] = {}
            open_calls = dict(self._waiting(pending))
            while open_calls:
                calls = {(call.proposal_id, call.turn): name for name, (_, call) in open_calls.items()}
                batch = batches.submit([call for _, call in open_calls.values()])
                for key, failure in batches.collect(batch).items():
                    tried[key] = tried.get(key, 0) + 1
                    if failure.kind in ("policy", "refused"):
                        self._close(open_calls, calls[key], RefusedError(str(failure)))
                    elif tried[key] == _BATCH_TRIES or failure.kind == "fatal":
                        self._close(open_calls, calls[key], UnavailableError(str(failure)))
                for name in list(open_calls):
                    self._advance(open_calls, name)
        except (BudgetExhaustedError, FatalLLMError, StoppedError, UnavailableError) as error:
            self._give_up(error)

    def _waiting(self, pending: Sequence[str]) -> Iterator[tuple[str, tuple[Dialogue, Call]]]:
        """Dialogues brought as far as the answers on record bring them."""
        for instance_id in pending:
            dialogue = self.dialogue(instance_id)
            one = {instance_id: (dialogue, next(dialogue))}
            self._advance(one, instance_id)
            yield from one.items()

    def _advance(self, open_calls: dict[str, tuple[Dialogue, Call]], instance_id: str) -> None:
        dialogue, call = open_calls[instance_id]
        answer = self.client.answered(call.proposal_id, call.turn)
        while answer is not None:
            try:
                call = dialogue.send(answer)
            except StopIteration:
                del open_calls[instance_id]
                self.heard(instance_id)
                return
            answer = self.client.answered(call.proposal_id, call.turn)
        open_calls[instance_id] = dialogue, call

    def _close(self, open_calls: dict[str, tuple[Dialogue, Call]], instance_id: str, error: LLMError) -> None:
        dialogue, _ = open_calls.pop(instance_id)
        with contextlib.suppress(StopIteration):  # a call without an answer is a dialogue's last
            dialogue.send(error)
        self.heard(instance_id)
