"""The ``[llm]`` table of a campaign file, validated in one place."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from evolve.llm.pricing import Price

OPERATORS = ("rewrite", "diff")
_PRICE_KEYS = ("input_per_million", "output_per_million", "cached_input_per_million")


class SettingsError(ValueError):
    """A setting is wrong; the message is one sentence naming where, which and what is allowed."""


@dataclass(frozen=True, slots=True)
class LLMSettings:
    """How to reach models and what to ask them for.

    Attributes:
        models: litellm model names (``openai/gpt-4o``, ``anthropic/claude-sonnet-4-5``, ``ollama/qwen3``); with a
            ``base_url``, a name without a provider litellm knows is taken as an OpenAI-compatible one. Each proposal
            draws one.
        base_url: of an endpoint of one's own, or None for the provider's.
        api_key_env: name of the environment variable that holds the key, or None for the provider's usual one.
        temperature: 0…2, or None for the model's own default.
        max_tokens: longest answer asked for; also what a call reserves of the budget.
        timeout_seconds: for each silence on the line; a call out of time is in doubt and charged at its reserve.
        concurrency: calls in flight at once.
        retries: further attempts after refusals with status 429 or 5xx, and lost connections.
        prices: model -> price; models left out are looked up in litellm's price map.
        weights: operator (``rewrite``, ``diff``) -> how often, where a parent exists.
    """

    models: tuple[str, ...]
    base_url: str | None = None
    api_key_env: str | None = None
    temperature: float | None = None
    max_tokens: int = 4096
    timeout_seconds: float = 120.0
    concurrency: int = 4
    retries: int = 5
    prices: Mapping[str, Price] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=lambda: {"rewrite": 0.5, "diff": 0.5})

    @classmethod
    def from_table(cls, table: Mapping[str, Any], where: str = "[llm]") -> LLMSettings:
        """Settings from a parsed TOML table.

        Args:
            table: keys are the attributes; ``models`` may be one string; ``prices`` is either one price for all
                models (``input_per_million``, ``output_per_million`` and, if wanted, ``cached_input_per_million``,
                in USD) or a table of such prices by model.
            where: named in messages (``campaign.toml [llm]``).

        Raises:
            SettingsError: naming the key, the value and what is allowed.
        """
        known = [f.name for f in fields(cls)]
        unknown = sorted(set(table) - set(known))
        if unknown:
            raise SettingsError(f"{where}: unknown key {unknown[0]!r}; known keys: {', '.join(known)}")
        values = dict(table)
        models = values.get("models")
        models = [models] if isinstance(models, str) else models
        if not isinstance(models, list | tuple) or not models or not all(isinstance(m, str) and m for m in models):
            raise SettingsError(f'{where}: models must name at least one model, as in models = ["openai/gpt-4o"]')
        values["models"] = tuple(models)
        for key in ("base_url", "api_key_env"):
            if values.get(key) is not None and (not isinstance(values[key], str) or not values[key]):
                raise SettingsError(f"{where}: {key} must be a string, not {values[key]!r}")
        if values.get("base_url") and not values["base_url"].startswith(("http://", "https://")):
            raise SettingsError(f"{where}: base_url must begin with http:// or https://, not {values['base_url']!r}")
        if values.get("temperature") is not None:
            values["temperature"] = _number(values["temperature"], f"{where}: temperature", 0.0, 2.0)
        if "timeout_seconds" in values:
            values["timeout_seconds"] = _number(values["timeout_seconds"], f"{where}: timeout_seconds", 0.001, 86400.0)
        for key, least, most in (("max_tokens", 1, 10**7), ("concurrency", 1, 1024), ("retries", 0, 100)):
            if key in values:
                values[key] = _integer(values[key], f"{where}: {key}", least, most)
        if "prices" in values:
            values["prices"] = _prices(values["prices"], values["models"], f"{where}: prices")
        if "weights" in values:
            values["weights"] = _weights(values["weights"], f"{where}: weights")
        return cls(**values)

    def api_key(self) -> str | None:
        """The key, or None to leave it to litellm.

        Raises:
            SettingsError: if ``api_key_env`` names a variable that is not set.
        """
        if self.api_key_env is None:
            return None
        key = os.environ.get(self.api_key_env)
        if not key:
            raise SettingsError(f"[llm]: api_key_env names {self.api_key_env}, which is not set in the environment")
        return key


def _number(value: Any, what: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SettingsError(f"{what} must be a number, not {value!r}")
    if not least <= value <= most:
        raise SettingsError(f"{what} must lie between {least:g} and {most:g}, not {value!r}")
    return float(value)


def _integer(value: Any, what: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise SettingsError(f"{what} must be a whole number between {least} and {most}, not {value!r}")
    return value


def _price(value: Any, what: str) -> Price:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{what} must be a table with input_per_million and output_per_million, not {value!r}")
    unknown = sorted(set(value) - set(_PRICE_KEYS))
    missing = [key for key in _PRICE_KEYS[:2] if key not in value]
    if unknown or missing:
        wrong = f"has the unknown key {unknown[0]!r}" if unknown else f"lacks {missing[0]!r}"
        raise SettingsError(f"{what} {wrong}; a price has input_per_million and output_per_million (USD)")
    numbers = {key: _number(value[key], f"{what}.{key}", 0.0, 1e6) for key in value}
    # str() keeps 0.15 as written: the binary float is not 0.15
    return Price(**{key: Decimal(str(number)) for key, number in numbers.items()})


def _prices(value: Any, models: tuple[str, ...], what: str) -> dict[str, Price]:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{what} must be a table, not {value!r}")
    if value and set(value) <= set(_PRICE_KEYS):
        return dict.fromkeys(models, _price(value, what))
    strange = sorted(set(value) - set(models))
    if strange:
        raise SettingsError(f"{what} names {strange[0]!r}, which is not among models: {', '.join(models)}")
    return {model: _price(price, f'{what}."{model}"') for model, price in value.items()}


def _weights(value: Any, what: str) -> dict[str, float]:
    if not isinstance(value, Mapping) or not value or set(value) - set(OPERATORS):
        raise SettingsError(f"{what} must give a number to one or both of {', '.join(OPERATORS)}, not {value!r}")
    weights = {name: _number(weight, f"{what}.{name}", 0.0, 1e6) for name, weight in value.items()}
    if sum(weights.values()) <= 0:
        raise SettingsError(f"{what} must hold a number above 0, not {value!r}")
    return weights
