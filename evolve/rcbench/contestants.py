"""Who takes part: contestants from what a person asked for, each with the settings that shape its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluators.rconstraintbench.solvers import SOLVERS
from evolve.llm import LLMSettings, Price
from evolve.rcbench.prompts import VARIANTS, Prompts
from evolve.rcbench.runs import Contestant, RunError

ARCHIVE_PREFIX = "archive:"


@dataclass(frozen=True)
class ModelOptions:
    """How models are asked.

    Attributes:
        prompt: wording of the question, one of :data:`evolve.rcbench.prompts.VARIANTS`.
        repairs: further turns with the verifier's complaints, 0 for the published single shot.
        json_schema: demand the answer's form of the provider.
        temperature: 0…2, or None for the model's own.
        reasoning_effort: one of :data:`evolve.llm.settings.EFFORTS`, or None for the model's own.
        max_tokens: longest answer, reasoning included.
        batch: ask in batches.
        base_url: of an endpoint of one's own, or None.
        api_key_env: name of the environment variable that holds the key, or None for the provider's usual one.
        concurrency: calls in flight at once, for each model.
        timeout_seconds: for each silence on the line.
        retries: further attempts after refusals that may pass and lost connections.
        prices: model -> price; models left out are looked up.
    """

    prompt: str = "fields"
    repairs: int = 0
    json_schema: bool = False
    temperature: float | None = None
    reasoning_effort: str | None = None
    max_tokens: int = 8192
    batch: bool = False
    base_url: str | None = None
    api_key_env: str | None = None
    concurrency: int = 8
    timeout_seconds: float = 600.0
    retries: int = 5
    prices: Mapping[str, Price] = field(default_factory=dict)

    def settings(self, model: str) -> LLMSettings:
        """Of the client of one model."""
        return LLMSettings(
            models=(model,),
            base_url=self.base_url,
            api_key_env=self.api_key_env,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            timeout_seconds=self.timeout_seconds,
            concurrency=self.concurrency,
            retries=self.retries,
            prices={name: price for name, price in self.prices.items() if name == model},
        )

    @classmethod
    def of_run(cls, settings: Mapping[str, Any], **others: Any) -> ModelOptions:
        """Those a run is on record with; ``others`` are what it may be gone on with."""
        recorded = {key: settings[key] for key in _RECORDED}
        return cls(**{**recorded, **{key: value for key, value in others.items() if value is not None}})


_RECORDED = (
    "prompt", "repairs", "json_schema", "temperature", "reasoning_effort", "max_tokens", "batch", "base_url",
    "api_key_env",
)  # fmt: skip


def model_contestant(model: str, options: ModelOptions, prompts: Prompts) -> Contestant:
    """A model; its name in tables says what is not as by default."""
    settings = {key: getattr(options, key) for key in _RECORDED}
    settings["prompt_hash"] = prompts.digest(options.prompt, options.repairs)
    remarks = [
        *([options.prompt] if options.prompt != VARIANTS[0] else []),
        *([f"{options.repairs} repairs" if options.repairs > 1 else "1 repair"] if options.repairs else []),
        *(["JSON schema"] if options.json_schema else []),
        *([f"temperature {options.temperature:g}"] if options.temperature is not None else []),
        *([f"effort {options.reasoning_effort}"] if options.reasoning_effort else []),
        *(["batch"] if options.batch else []),
    ]
    return Contestant(f"{model} ({', '.join(remarks)})" if remarks else model, "llm", model, settings)


def solver_contestant(name: str) -> Contestant:
    """A solver of ours.

    Raises:
        RunError: if there is none of that name.
    """
    if name not in SOLVERS:
        known = ", ".join(SOLVERS)
        raise RunError(f"--solver is {name!r}; allowed: {known}, or {ARCHIVE_PREFIX}ID for a heuristic of the archive")
    return Contestant(name, "solver", name, {})
