"""The ``[llm]`` table of a campaign file, validated in one place."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from evolve.llm.pricing import Price
from evolve.llm.temperature import SCHEDULES, Schedule

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
_PRICE_KEYS = ("input_per_million", "output_per_million", "cached_input_per_million")
_SCHEDULE_KEYS = ("schedule", "from", "to", "over")


class SettingsError(ValueError):
    """A setting is wrong; the message is one sentence naming where, which and what is allowed."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What holds for one model; None stands for what holds for all.

    Attributes:
        base_url: see :class:`LLMSettings`, as for all others here.
        api_key_env: likewise.
        temperature: likewise.
        reasoning_effort: likewise.
        max_tokens: likewise.
        timeout_seconds: likewise.
        weight: how often it is asked, beside the other models.
    """

    base_url: str | None = None
    api_key_env: str | None = None
    temperature: float | Schedule | None = None
    reasoning_effort: str | None = None
    max_tokens: int | None = None
    timeout_seconds: float | None = None
    weight: float = 1.0


_SHARED = tuple(f.name for f in fields(ModelSettings) if f.name != "weight")


@dataclass(frozen=True, slots=True)
class LLMSettings:
    """How to reach models and what to ask them for.

    Attributes:
        models: litellm model names (``openai/gpt-4o``, ``anthropic/claude-sonnet-4-5``, ``ollama_chat/qwen3``); with a
            ``base_url``, a name without a provider litellm knows is taken as an OpenAI-compatible one. Each proposal
            draws one.
        base_url: of an endpoint of one's own, or None for the provider's.
        api_key_env: name of the environment variable that holds the key, or None for the provider's usual one.
        temperature: 0…2, a schedule, or None for the model's own default.
        reasoning_effort: one of :data:`EFFORTS`, or None for the model's own.
        max_tokens: longest answer asked for, reasoning included; also what a call reserves of the budget.
        timeout_seconds: for each silence on the line; a call out of time is in doubt and charged at its reserve.
        concurrency: calls in flight at once.
        retries: further attempts after refusals with status 429 or 5xx, and lost connections.
        prices: model -> price; models left out are looked up in litellm's price map.
        weights: operator -> how often it is asked for where it can be; empty: as the operators are weighted themselves.
        bandit: whether weights are only where it begins, and what has paid is asked for more often.
        insights: most tokens of a prompt that tell what raised and lowered scores so far; 0: none.
        distill: proposals after which a model is asked to sum that up, again and again; 0: never.
        each: model -> what holds for it alone.
    """

    models: tuple[str, ...]
    base_url: str | None = None
    api_key_env: str | None = None
    temperature: float | Schedule | None = None
    reasoning_effort: str | None = None
    max_tokens: int = 4096
    timeout_seconds: float = 120.0
    concurrency: int = 4
    retries: int = 5
    prices: Mapping[str, Price] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    bandit: bool = True
    insights: int = 300
    distill: int = 0
    each: Mapping[str, ModelSettings] = field(default_factory=dict)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], where: str = "[llm]") -> LLMSettings:
        """Settings from a parsed TOML table.

        Args:
            table: keys are the attributes but ``each``. ``models`` is one string, a list of strings, or a list of
                tables (``[[llm.models]]``) with ``name``, ``price`` and the attributes of :class:`ModelSettings`.
                ``temperature`` is a number or a table with ``schedule``, ``from``, ``to`` and ``over``. ``prices`` is
                either one price for all models (``input_per_million``, ``output_per_million`` and, if wanted,
                ``cached_input_per_million``, in USD) or a table of such prices by model.
            where: named in messages (``campaign.toml [llm]``).

        Raises:
            SettingsError: naming the key, the value and what is allowed.
        """
        known = [f.name for f in fields(cls) if f.name != "each"]
        values = _checked(table, known, where)
        models = table.get("models")
        listed: list[Any] = list(models) if isinstance(models, list | tuple) else [models]
        if not listed or not all(m and isinstance(m, str | dict) for m in listed):
            raise SettingsError(f'{where}: models must name at least one model, as in models = ["openai/gpt-4o"]')
        found = [({}, m) if isinstance(m, str) else _model(m, f"{where}: models") for m in listed]
        names = [name for _, name in found]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise SettingsError(f"{where}: models names {twice!r} twice; give it one entry, with a weight")
        if values.get("distill") and values.get("insights") == 0:
            raise SettingsError(f"{where}: distill sums up insights, and insights = 0 tells none; leave one out")
        values["models"] = tuple(names)
        prices = _prices(table.get("prices", {}), values["models"], f"{where}: prices")
        values["prices"] = prices | {name: own.pop("price") for own, name in found if "price" in own}
        values["each"] = {name: ModelSettings(**own) for own, name in found if own}
        if sum(values["each"].get(name, ModelSettings()).weight for name in names) <= 0:
            raise SettingsError(f"{where}: models must have a weight above 0, at least one of them")
        return cls(**values)

    @classmethod
    def for_inbox(cls, table: Mapping[str, Any], model: str, concurrency: int, where: str = "[llm]") -> LLMSettings:
        """What of a ``[llm]`` table holds where no model is called: which questions are asked.

        Raises:
            SettingsError: as :meth:`from_table`.
        """
        chosen = {key: table[key] for key in ("weights", "bandit", "insights") if key in table}
        return cls.from_table({"models": model, "concurrency": concurrency, **chosen}, where)

    def of(self, model: str) -> ModelSettings:
        """What holds for a model: its own settings, the others' where it has none."""
        own = self.each.get(model, ModelSettings())
        return replace(own, **{name: getattr(self, name) for name in _SHARED if getattr(own, name) is None})

    def api_key(self, model: str | None = None) -> str | None:
        """The key, or None to leave it to litellm; of one model, or for those that have none of their own.

        Raises:
            SettingsError: if ``api_key_env`` names a variable that is not set.
        """
        variable = self.api_key_env if model is None else self.of(model).api_key_env
        if variable is None:
            return None
        key = os.environ.get(variable)
        if not key:
            raise SettingsError(f"[llm]: api_key_env names {variable}, which is not set in the environment")
        return key


def _checked(table: Mapping[str, Any], known: list[str], where: str) -> dict[str, Any]:
    """The values of a table, each of them checked but ``models`` and prices, which hang together."""
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise SettingsError(f"{where}: unknown key {unknown[0]!r}; known keys: {', '.join(known)}")
    return {key: _CHECKS[key](value, f"{where}: {key}") for key, value in table.items() if key in _CHECKS}


def _model(table: Mapping[str, Any], where: str) -> tuple[dict[str, Any], str]:
    """What one of ``[[llm.models]]`` says of a model, and its name."""
    name = table.get("name")
    if not isinstance(name, str) or not name:
        raise SettingsError(f'{where}: each table needs a name, as in name = "openai/gpt-4o"')
    where = f'{where}."{name}"'
    own = _checked(table, ["name", "price", *(f.name for f in fields(ModelSettings))], where)
    if "price" in table:
        own["price"] = _price(table["price"], f"{where}: price")
    return own, name


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


def _string(value: Any, what: str) -> str | None:
    if value is not None and (not isinstance(value, str) or not value):
        raise SettingsError(f"{what} must be a string, not {value!r}")
    return value


def _url(value: Any, what: str) -> str | None:
    url = _string(value, what)
    if url is not None and not url.startswith(("http://", "https://")):
        raise SettingsError(f"{what} must begin with http:// or https://, not {url!r}")
    return url


def _flag(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{what} must be true or false, not {value!r}")
    return value


def _effort(value: Any, what: str) -> str | None:
    if value is not None and value not in EFFORTS:
        raise SettingsError(f"{what} must be one of {', '.join(EFFORTS)}, not {value!r}")
    return value  # type: ignore[no-any-return]


def _temperature(value: Any, what: str) -> float | Schedule | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return _number(value, what, 0.0, 2.0)
    if set(value) != set(_SCHEDULE_KEYS):
        wanted = ", ".join(_SCHEDULE_KEYS)
        raise SettingsError(f"{what} must be a number, or a table with {wanted}, not {dict(value)!r}")
    if value["schedule"] not in SCHEDULES:
        raise SettingsError(f"{what}.schedule must be one of {', '.join(SCHEDULES)}, not {value['schedule']!r}")
    start, end = (_number(value[key], f"{what}.{key}", 0.0, 2.0) for key in ("from", "to"))
    return Schedule(value["schedule"], start, end, _integer(value["over"], f"{what}.over", 1, 10**6))


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
    # Here, as operators are the proposer's: it is built on this package.
    from evolve.proposers.llm.operators import OPERATORS

    if not isinstance(value, Mapping) or not value or set(value) - set(OPERATORS):
        raise SettingsError(f"{what} must give a number to one or more of {', '.join(OPERATORS)}, not {value!r}")
    weights = {name: _number(weight, f"{what}.{name}", 0.0, 1e6) for name, weight in value.items()}
    if sum(weights.values()) <= 0:
        raise SettingsError(f"{what} must hold a number above 0, not {value!r}")
    return weights


_CHECKS: Mapping[str, Callable[[Any, str], Any]] = {
    "base_url": _url,
    "api_key_env": _string,
    "temperature": _temperature,
    "reasoning_effort": _effort,
    "max_tokens": lambda value, what: _integer(value, what, 1, 10**7),
    "timeout_seconds": lambda value, what: _number(value, what, 0.001, 86400.0),
    "concurrency": lambda value, what: _integer(value, what, 1, 1024),
    "retries": lambda value, what: _integer(value, what, 0, 100),
    "weights": _weights,
    "weight": lambda value, what: _number(value, what, 0.0, 1e6),
    "bandit": _flag,
    "insights": lambda value, what: _integer(value, what, 0, 10_000),
    "distill": lambda value, what: _integer(value, what, 0, 10**6),
}
"""Key of a table -> what checks its value, told what to call it."""
