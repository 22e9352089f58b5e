"""Asking in batches (OpenAI's Batch API): cheaper, hours later, and as durable as asking one by one.

The intents are committed before the requests are uploaded, and our id of the batch goes along as metadata: a driver
killed before the provider's id was on record finds the batch again by it, so no batch is made twice.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from evolve.llm import transport
from evolve.llm.batch_ledger import BatchLedger, OpenBatch
from evolve.llm.budget import Spend
from evolve.llm.charges import Charges
from evolve.llm.client import Call, LLMClient, next_intent
from evolve.llm.errors import FatalLLMError, StoppedError, UnavailableError
from evolve.llm.ledger import Intent, Settlement
from evolve.llm.loop import run
from evolve.llm.settings import SettingsError

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types import Batch

_ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_MOST_REQUESTS, _MOST_BYTES = 50_000, 150 * 2**20
"""Of one batch; the provider takes 50,000 requests and 200 MB."""
_ENDED = ("completed", "failed", "expired", "cancelled")
_METADATA = "evolve_batch"

Failures = Mapping[tuple[str, int], transport.AttemptError]
"""(proposal id, turn) -> why it got no answer."""


class BatchClient:
    """One model of an :class:`LLMClient` asked in batches.

    Args:
        client: whose settings, budget and prices hold.
        ledger: the client's.
        model: one of the client's, of OpenAI or of an endpoint with OpenAI's interface.
        poll_seconds: between two looks at a batch.

    Raises:
        SettingsError: if the model's provider has no such interface.
    """

    def __init__(self, client: LLMClient, ledger: BatchLedger, model: str, poll_seconds: float = 30.0) -> None:
        self._client, self._ledger, self._model, self._poll_seconds = client, ledger, model, poll_seconds
        self._charges = Charges(client.models, batch=True)
        provider, self._name, _ = transport.wire(model, client.settings.base_url, {})
        if provider != "openai":
            raise SettingsError(f"batches are sent through OpenAI's interface, and {model} is of {provider}")
        for batch in ledger.under_way():  # what the ledger counts as spent is only held
            for row in ledger.attempts(batch.id):
                client.budget.settle(_negative(row.intent.reserved), _negative(row.intent.reserved))

    def under_way(self) -> list[OpenBatch]:
        """Batches to be collected, of earlier drivers too."""
        return self._ledger.under_way()

    def submit(self, calls: Iterable[Call]) -> OpenBatch:
        """Send as many of ``calls``, from the first, as the budget and one batch allow.

        Raises:
            BudgetExhaustedError: if the first does not fit.
            FatalLLMError, UnavailableError: as :meth:`collect`.
        """
        batch = OpenBatch(f"evolve-{uuid.uuid4().hex}", None, None)
        intents: list[Intent] = []
        size = 0
        for call in calls:
            intent = next_intent(call, self._ledger.history(call.proposal_id, call.turn), self._client.settings)
            intent = replace(intent, reserved=self._charges.worst_case(intent))
            size += len(self._line(intent))
            full = len(intents) == _MOST_REQUESTS or (intents and size > _MOST_BYTES)
            if full or not (self._client.budget.reserve_now(intent.reserved) if intents else self._reserve(intent)):
                break
            intents.append(intent)
        self._ledger.open(batch.id, intents)
        return self._made(batch)

    def collect(self, batch: OpenBatch) -> Failures:
        """Wait for a batch and record its answers; returns the calls without one.

        Raises:
            StoppedError: the client was stopped; the batch goes on and can be collected later.
            FatalLLMError: the key is refused, or the provider refused the batch as a whole.
            UnavailableError: the provider cannot be reached; the batch can be collected later.
        """
        batch = self._made(self._found(batch))
        state = self._state(batch)
        while state is not None and state.status not in _ENDED:
            self._wait()
            state = self._state(batch)
        rows = [row.intent for row in self._ledger.attempts(batch.id)]
        if state is None:
            doubt = transport.AttemptError("in_doubt", f"the provider knows no batch {batch.batch}")
            results: dict[str, Any] = {}
            missing = doubt
        else:
            results = {line["custom_id"]: line for line in self._lines(state)}
            missing = transport.AttemptError("retry", f"the batch ended as {state.status} without it")
        failures: dict[tuple[str, int], transport.AttemptError] = {}
        settled: list[tuple[Intent, Settlement]] = []
        for intent in rows:
            outcome = self._outcome(intent, results.get(_custom_id(intent)), missing)
            if isinstance(outcome, transport.AttemptError):
                failures[intent.proposal_id, intent.turn] = outcome
                doubtful = outcome.kind == "in_doubt"
                settlement = Settlement(
                    "in_doubt" if doubtful else "refused", intent.reserved.nusd if doubtful else 0, str(outcome)
                )
            else:
                settlement = outcome
            settled.append((intent, settlement))
        self._ledger.collected(batch.id, "lost" if state is None else state.status, settled)
        for intent, settlement in settled:
            self._client.budget.settle(intent.reserved, self._actual(intent, settlement))
        if state is not None and state.status == "failed":
            raise FatalLLMError(f"the provider refused the batch: {_complaint(state)}")
        return failures

    # -- steps ---------------------------------------------------------------------------------------------------------

    def _reserve(self, intent: Intent) -> bool:
        """The first of a batch may wait for what others give back."""
        run(self._client.budget.reserve(intent.reserved))
        return True

    def _found(self, batch: OpenBatch) -> OpenBatch:
        """The batch with the provider's id, if an earlier driver got as far as making it."""
        if batch.batch is not None:
            return batch
        with self._errors(), self._api() as api:
            for known in api.batches.list(limit=100):
                if (known.metadata or {}).get(_METADATA) == batch.id:
                    self._ledger.created(batch.id, known.id)
                    return replace(batch, batch=known.id)
        return batch

    def _made(self, batch: OpenBatch) -> OpenBatch:
        """The batch, uploaded and made as far as it is not."""
        if batch.batch is not None:
            return batch
        with self._errors(), self._api() as api:
            file = batch.file
            if file is None:
                content = b"".join(self._line(row.intent) for row in self._ledger.attempts(batch.id))
                file = api.files.create(file=(f"{batch.id}.jsonl", content), purpose="batch").id
                self._ledger.uploaded(batch.id, file)
            made = api.batches.create(
                completion_window="24h", endpoint=_ENDPOINT, input_file_id=file, metadata={_METADATA: batch.id},
                extra_headers={"Idempotency-Key": batch.id},
            )  # fmt: skip
            self._ledger.created(batch.id, made.id)
            return replace(batch, file=file, batch=made.id)

    def _state(self, batch: OpenBatch) -> Batch | None:
        """What the provider says of a batch; None if it does not know it."""
        import openai

        assert batch.batch is not None
        with self._errors(), self._api() as api:
            try:
                return api.batches.retrieve(batch.batch)
            except openai.NotFoundError:
                return None

    def _lines(self, state: Batch) -> Iterator[dict[str, Any]]:
        """Result lines, of successes and of failures, whatever else is in the files left out."""
        with self._errors(), self._api() as api:
            for file in (state.output_file_id, state.error_file_id):
                for text in api.files.content(file).text.splitlines() if file else ():
                    line = _decoded(text)
                    if line is not None:
                        yield line

    def _outcome(
        self, intent: Intent, line: dict[str, Any] | None, missing: transport.AttemptError
    ) -> Settlement | transport.AttemptError:
        import httpx
        from openai.types.chat import ChatCompletion

        response = (line or {}).get("response") or {}
        status, body = response.get("status_code"), response.get("body")
        if status == 200:
            try:
                return self._charges.settlement(
                    intent, transport.read_reply(ChatCompletion.construct(**dict(body or {})))
                )
            except (AttributeError, IndexError, TypeError, ValueError) as error:
                return transport.AttemptError("in_doubt", f"the answer is not a chat completion: {error}")
        if isinstance(status, int):
            said = str(((body or {}).get("error") or {}).get("message", "")) if isinstance(body, dict) else ""
            return transport.by_status(httpx.Response(status, json=body), said, self._model)
        return missing

    def _actual(self, intent: Intent, settlement: Settlement) -> Spend:
        if settlement.state == "answered":
            return self._charges.charged(intent.reserved, settlement)
        return intent.reserved if settlement.state == "in_doubt" else Spend()

    def _line(self, intent: Intent) -> bytes:
        _, _, params = transport.wire(self._model, self._client.settings.base_url, intent.params)
        body = {"model": self._name, "messages": [dict(m) for m in intent.messages], **params}
        line = {"custom_id": _custom_id(intent), "method": "POST", "url": _ENDPOINT, "body": body}
        return json.dumps(line).encode() + b"\n"

    def _wait(self) -> None:
        if self._client.stopping.wait(self._poll_seconds):
            raise StoppedError("stopped while waiting for a batch; it goes on, and can be collected later")

    def _api(self) -> OpenAI:
        from openai import OpenAI

        where, settings = self._client.models.endpoint(self._model), self._client.settings
        return OpenAI(
            base_url=where.base_url, api_key=where.api_key, max_retries=settings.retries,
            timeout=settings.timeout_seconds,
        )  # fmt: skip

    def _errors(self) -> _Translated:
        return _Translated(self._model)


class _Translated:
    """The openai SDK's exceptions as ours."""

    def __init__(self, model: str) -> None:
        self._model = model

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import openai

        if isinstance(error, openai.APIStatusError):
            meaning = transport.by_status(error.response, error.message, self._model)
            if meaning.kind in ("fatal", "refused", "policy"):
                raise FatalLLMError(str(meaning)) from error
            raise UnavailableError(f"{self._model}: {meaning}") from error
        if isinstance(error, openai.APIError):
            raise UnavailableError(f"{self._model}: no connection to the batch interface: {error.message}") from error


def _custom_id(intent: Intent) -> str:
    return f"{intent.request_id}-{intent.attempt}"


def _decoded(text: str) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and isinstance(line.get("custom_id"), str) else None


def _negative(amount: Spend) -> Spend:
    return Spend() - amount


def _complaint(state: Batch) -> str:
    errors = (state.errors.data if state.errors else None) or []
    return "; ".join(str(error.message) for error in errors[:3]) or "without giving a reason"
