"""What a call costs: integer nano-dollars, so that sums are exact.

A price per million tokens times 1,000 is nano-dollars a token. A call's cost is rounded up once, to the nano-dollar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

NUSD_PER_USD = 1_000_000_000
_PER_MILLION = Decimal(1_000_000)
_NUSD_PER_TOKEN = Decimal(1_000)


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens.

    Attributes:
        input_per_million: for tokens of the prompt.
        output_per_million: for tokens of the answer, reasoning included.
        cached_input_per_million: for tokens of the prompt that the provider had in its cache; None: as the others.
    """

    input_per_million: Decimal
    output_per_million: Decimal
    cached_input_per_million: Decimal | None = None

    def cost_nusd(self, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0) -> int:
        """Cost of a call, in nano-dollars. ``cached_tokens`` are part of ``prompt_tokens``."""
        cached = self.input_per_million if self.cached_input_per_million is None else self.cached_input_per_million
        dollars_per_million = (
            (prompt_tokens - cached_tokens) * self.input_per_million
            + cached_tokens * cached
            + completion_tokens * self.output_per_million
        )
        return int((dollars_per_million * _NUSD_PER_TOKEN).to_integral_value(ROUND_CEILING))


def usd_to_nusd(usd: float | Decimal) -> int:
    """Dollars, as a person wrote them, to whole nano-dollars (``0.1`` is exactly 100,000,000)."""
    return int((Decimal(str(usd)) * NUSD_PER_USD).to_integral_value())


def published_price(model: str, price_map: Mapping[str, Mapping[str, Any]], *, batch: bool = False) -> Price | None:
    """Price of ``model`` in litellm's price map, or None if it is not there.

    With ``batch`` it is that of calls sent in batches, where the map has one, else the ordinary one.

    The map knows ``openai/gpt-4o`` as ``gpt-4o`` of the provider ``openai``, and has providers with a suffix
    (``vertex_ai-language-models``).
    """
    entry = price_map.get(model)
    if entry is None and "/" in model:
        provider, _, rest = model.partition("/")
        entry = price_map.get(rest)
        named = "" if entry is None else str(entry.get("litellm_provider"))
        if named != provider and not named.startswith(f"{provider}-"):
            return None
    if entry is None or entry.get("input_cost_per_token") is None or entry.get("output_cost_per_token") is None:
        return None
    if batch and entry.get("input_cost_per_token_batches") and entry.get("output_cost_per_token_batches"):
        return Price(
            Decimal(str(entry["input_cost_per_token_batches"])) * _PER_MILLION,
            Decimal(str(entry["output_cost_per_token_batches"])) * _PER_MILLION,
        )
    cached = entry.get("cache_read_input_token_cost")
    return Price(
        Decimal(str(entry["input_cost_per_token"])) * _PER_MILLION,
        Decimal(str(entry["output_cost_per_token"])) * _PER_MILLION,
        None if cached is None else Decimal(str(cached)) * _PER_MILLION,
    )
