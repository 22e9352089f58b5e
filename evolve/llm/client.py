"""Asking models: durable, within a budget, with retries that never buy an answer twice.

All of it happens on one event loop (``evolve.llm.loop``), so that nothing here needs a lock.

The order is what makes it so: reserve of the budget, commit the intent, send, commit the answer, settle the budget,
hand the answer out. Whatever the moment of a kill, the ledger tells which of these had happened.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evolve.llm import loop, transport
from evolve.llm.budget import Budget, Spend
from evolve.llm.charges import Charges
from evolve.llm.errors import FatalLLMError, RefusedError, StoppedError, UnavailableError
from evolve.llm.ledger import CallRow, Intent, Ledger, Message, Settlement
from evolve.llm.models import Models
from evolve.llm.settings import LLMSettings
from evolve.llm.temperature import Schedule

_STRIKES = 3
"""Calls in a row without an answer after which the endpoint counts as down."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again.

    Attributes:
        retries: further attempts after refusals that may pass (429, 5xx) and attempts in doubt.
        doubts: of these, attempts in doubt; fewer, because each is charged.
        first_seconds: wait before the first retry; doubles each time, with a random factor of 0.5…1.
        longest_seconds: cap of that wait.
        patience_seconds: longest ``Retry-After`` obeyed; a longer one ends the call.
    """

    retries: int = 5
    doubts: int = 2
    first_seconds: float = 0.5
    longest_seconds: float = 60.0
    patience_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Call:
    """One question.

    Attributes:
        proposal_id: of the proposal that asks; with ``turn`` it is the call's identity.
        turn: 0, or the number of the repair.
        model: one of the settings' models.
        messages: in OpenAI's form.
        prompt_name: names of the templates used.
        prompt_hash: their content hashes.
        params: what else is sent, over the settings' (``temperature``, ``response_format``).
    """

    proposal_id: str
    turn: int
    model: str
    messages: Sequence[Message]
    prompt_name: str
    prompt_hash: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A committed answer.

    Attributes:
        text: of the message; may be empty.
        finish_reason: the provider's word (``stop``, ``length``, ``content_filter``).
        request_id: under which it was bought.
        attempt: under that request id.
        model: that gave it.
        prompt_name: templates of the question it answers (an answer from the ledger may be to an earlier question).
        prompt_tokens: as charged.
        completion_tokens: as charged.
        cost_nusd: nano-dollars.
    """

    text: str
    finish_reason: str
    request_id: str
    attempt: int
    model: str
    prompt_name: str
    prompt_tokens: int
    completion_tokens: int
    cost_nusd: int


class LLMClient:
    """Models behind one call, :meth:`ask` on the event loop or :meth:`complete` on any other thread.

    Args:
        settings: models, endpoint, limits.
        ledger: where calls are recorded. What a dead driver left under way is put in doubt here, so a ledger has one
            client at a time.
        cap_nusd: USD cap of the whole campaign, in nano-dollars, or None.
        cap_tokens: token cap of the whole campaign, or None.
        retry: by default made from ``settings.retries``.
        budget: shared with other clients, with what all of them spent earlier; the caps are then its own.

    Raises:
        UnknownPriceError: if there is a USD cap and a model has no known price.
        SettingsError: if the key's environment variable is not set.
    """

    def __init__(
        self,
        settings: LLMSettings,
        ledger: Ledger,
        cap_nusd: int | None = None,
        cap_tokens: int | None = None,
        retry: RetryPolicy | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.settings = settings
        self.ledger = ledger
        self._retry = retry or RetryPolicy(retries=settings.retries)
        self.models = Models(settings)
        self._charges = Charges(self.models)
        if cap_nusd is not None or (budget is not None and budget.cap_nusd is not None):
            self.models.require_prices()
        self.recovered = ledger.recover()
        self.budget = budget or Budget(cap_nusd, cap_tokens, ledger.spent())
        self._slots = asyncio.Semaphore(settings.concurrency)
        self.stopping = threading.Event()
        self._wake = asyncio.Event()
        self._not_before: dict[str, float] = {}
        self._strikes = 0

    def complete(self, call: Call) -> Answer:
        """:meth:`ask` from any thread but the event loop's; blocks.

        Raises:
            BudgetExhaustedError, UnavailableError, RefusedError, FatalLLMError, StoppedError: as :meth:`ask`.
        """
        return loop.run(self.ask(call))

    async def ask(self, call: Call) -> Answer:
        """The answer to ``call``, from the ledger if it is there, else bought.

        Raises:
            BudgetExhaustedError: it could overshoot a cap; it was not made.
            UnavailableError: no answer within the retries.
            RefusedError: the provider will not answer this prompt.
            FatalLLMError: no call can succeed.
            StoppedError: :meth:`stop` was called while it waited.
        """
        history = self.ledger.history(call.proposal_id, call.turn)
        found = answer_on_record(history)
        if found is not None:
            return found
        self.models.endpoint(call.model)  # imports litellm, so that no call is on record as sent meanwhile
        intent = next_intent(call, history, self.settings)
        doubts = 0
        for tried in range(self._retry.retries + 1):
            await self._wait_until(self._not_before.get(intent.model, 0.0))
            try:
                async with self._slots:
                    answer = await self._attempt(intent)
            except transport.AttemptError as error:
                last = error
            else:
                self._strikes = 0
                return answer
            doubts += last.kind == "in_doubt"
            self._stop_if_useless(last)
            wait = self._pause(tried, last, intent.model)
            if doubts > self._retry.doubts or wait is None:
                break
            if tried < self._retry.retries:
                await self._wait_until(time.monotonic() + wait)
            intent = _next(intent, last)
        raise self._strike(UnavailableError(f"{intent.model} gave no answer in {tried + 1} attempts; the last: {last}"))

    def answered(self, proposal_id: str, turn: int) -> Answer | None:
        """The committed answer to a turn of a proposal, or None."""
        return answer_on_record(self.ledger.history(proposal_id, turn))

    def charged(self, ordinal: int, nusd: int) -> int:
        """What is on record."""
        return nusd

    def stop(self) -> None:
        """End waiting calls with :class:`StoppedError`; those in flight finish and are recorded."""
        self.stopping.set()
        loop.call_soon(self._wake.set)

    # -- one attempt -------------------------------------------------------------------------------------------------

    async def _attempt(self, intent: Intent) -> Answer:
        worst = self._charges.worst_case(intent)
        intent = replace(intent, reserved=worst)
        where = self.models.endpoint(intent.model)
        await self.budget.reserve(worst)
        charged = Spend()
        try:
            if self.stopping.is_set():
                raise StoppedError("stopped before the call was sent")
            await self.ledger.reserve(intent)
            charged = worst
            timeout = self.settings.of(intent.model).timeout_seconds or self.settings.timeout_seconds
            try:
                reply = await transport.send(where, intent.messages, intent.params, intent.request_id, timeout)
            except transport.AttemptError as error:
                if error.kind == "in_doubt":
                    await self.ledger.settle(intent, Settlement("in_doubt", worst.nusd, str(error)))
                else:
                    await self.ledger.settle(intent, Settlement("refused", 0, str(error)))
                    charged = Spend()
                raise
            settlement = self._charges.settlement(intent, reply)
            await self.ledger.settle(intent, settlement)
            charged = self._charges.charged(worst, settlement)
        finally:
            self.budget.settle(worst, charged)
        return answer_of(intent, settlement)

    # -- waiting and giving up ---------------------------------------------------------------------------------------

    def _stop_if_useless(self, error: transport.AttemptError) -> None:
        if error.kind == "fatal":
            raise FatalLLMError(str(error)) from error
        if error.kind == "policy":
            raise RefusedError(f"the provider refused the prompt: {error}") from error
        if error.kind == "refused":
            raise self._strike(RefusedError(f"the provider refused the request: {error}")) from error

    def _strike(self, error: RefusedError | UnavailableError) -> RefusedError | UnavailableError | FatalLLMError:
        """The error, or a fatal one if it is one of several in a row: then the campaign is burning proposals."""
        self._strikes += 1
        if self._strikes < _STRIKES:
            return error
        return FatalLLMError(f"{_STRIKES} calls in a row got no answer; the last: {error}")

    def _pause(self, tried: int, error: transport.AttemptError, model: str) -> float | None:
        """Seconds to wait before the next attempt; None if the provider asks for more patience than we have."""
        asked = error.retry_after
        if asked is None:
            wait = min(self._retry.first_seconds * 2.0**tried, self._retry.longest_seconds)
            return wait * random.uniform(0.5, 1.0)
        if asked > self._retry.patience_seconds:
            return None
        # The limit is the model's, not this call's: the others wait too.
        self._not_before[model] = max(self._not_before.get(model, 0.0), time.monotonic() + asked)
        return asked

    async def _wait_until(self, moment: float) -> None:
        seconds = moment - time.monotonic()
        if seconds > 0 and not self.stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)
        if self.stopping.is_set():
            raise StoppedError("stopped while waiting to send a call")


def _new_id() -> str:
    return f"evolve-{uuid.uuid4().hex}"


def next_intent(call: Call, history: Sequence[CallRow], settings: LLMSettings) -> Intent:
    """The attempt to make: a call in doubt again, word for word, under its key, else a new one; nothing is reserved."""
    last = history[-1] if history else None
    if last is not None and (_in_doubt(last) or last.intent.attempt > 1):
        return replace(last.intent, attempt=last.intent.attempt + 1)
    own = settings.of(call.model)
    params: dict[str, Any] = {"max_tokens": own.max_tokens}
    if own.temperature is not None and not isinstance(own.temperature, Schedule):  # what one says is in the call
        params["temperature"] = own.temperature
    if own.reasoning_effort is not None:
        params["reasoning_effort"] = own.reasoning_effort
    return Intent(
        _new_id(), 1, call.proposal_id, call.turn, call.model, call.prompt_name, call.prompt_hash, call.messages,
        {**params, **call.params}, Spend(),
    )  # fmt: skip


def _next(intent: Intent, error: transport.AttemptError) -> Intent:
    """The retry: under the same key if this attempt, or one before it under that key, may have been served."""
    if error.kind == "in_doubt" or intent.attempt > 1:
        return replace(intent, attempt=intent.attempt + 1)
    return replace(intent, request_id=_new_id(), attempt=1)


def _in_doubt(row: CallRow) -> bool:
    return row.settlement is not None and row.settlement.state == "in_doubt"


def answer_on_record(history: Sequence[CallRow]) -> Answer | None:
    """The committed answer among the attempts of a call, or None."""
    for row in history:
        if row.settlement is not None and row.settlement.state == "answered":
            return answer_of(row.intent, row.settlement)
    return None


def answer_of(intent: Intent, done: Settlement) -> Answer:
    """The answer with which an attempt ended."""
    return Answer(
        done.answer or "", done.finish_reason or "stop", intent.request_id, intent.attempt, intent.model,
        intent.prompt_name, done.prompt_tokens or 0, done.completion_tokens or 0, done.cost_nusd,
    )  # fmt: skip
