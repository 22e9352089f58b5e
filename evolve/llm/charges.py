"""What an attempt may cost at most, and what it did cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evolve.llm.budget import Spend
from evolve.llm.ledger import Intent, Settlement
from evolve.llm.models import Models
from evolve.llm.transport import Reply

_BYTES_PER_TOKEN = 2
"""Fewer than any common tokenizer's on code and English (3-4), so that the estimate is an upper bound."""
_TOKENS_PER_MESSAGE = 16


class Charges:
    """Upper bounds and charges of the calls of one client.

    Args:
        models: tell prices.
        batch: charge at the prices of the provider's batch interface, where they are known.
    """

    def __init__(self, models: Models, *, batch: bool = False) -> None:
        self._models, self._batch = models, batch
        self._margin = 1.0

    def worst_case(self, intent: Intent) -> Spend:
        """The most the attempt can cost; a batch's reserve is at the ordinary price."""
        price = self._models.price(intent.model)
        prompt = _prompt_bound(intent.messages)
        output = int(intent.params["max_tokens"])
        nusd = 0 if price is None else price.cost_nusd(prompt, output)
        return Spend(int(nusd * self._margin) + 1 if nusd else 0, int((prompt + output) * self._margin))

    def settlement(self, intent: Intent, reply: Reply) -> Settlement:
        """What an answer is charged at; where the provider counts no tokens, at the upper bound."""
        price = self._models.price(intent.model, batch=self._batch)
        prompt = _prompt_bound(intent.messages) if reply.prompt_tokens is None else reply.prompt_tokens
        bound = min(-(-len(reply.text.encode()) // _BYTES_PER_TOKEN), int(intent.params["max_tokens"]))
        completion = bound if reply.completion_tokens is None else reply.completion_tokens
        cost = 0 if price is None else price.cost_nusd(prompt, completion, reply.cached_tokens)
        return Settlement(
            "answered", cost, None, reply.text, reply.finish_reason, prompt, completion, reply.cached_tokens,
            reply.model_version,
        )  # fmt: skip

    def charged(self, worst: Spend, settlement: Settlement) -> Spend:
        """What a settled answer takes of the budget.

        If a provider counted more than the bound, further bounds are widened: caps are hard.
        """
        actual = Spend(settlement.cost_nusd, (settlement.prompt_tokens or 0) + (settlement.completion_tokens or 0))
        excess = max(actual.nusd / worst.nusd if worst.nusd else 0.0, actual.tokens / worst.tokens)
        if excess > 1.0:
            self._margin *= excess * 1.05
        return actual


def _prompt_bound(messages: Sequence[Mapping[str, str]]) -> int:
    return sum(_TOKENS_PER_MESSAGE + -(-len(m["content"].encode()) // _BYTES_PER_TOKEN) for m in messages)
