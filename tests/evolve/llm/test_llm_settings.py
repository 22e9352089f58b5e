"""The ``[llm]`` table: what is taken, and the sentence for what is not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evolve.llm import (
    LLMSettings,
    Price,
    SettingsError,
    UnknownPriceError,
    check_models,
    usd_to_nusd,
)
from evolve.llm.pricing import published_price
from evolve.llm.temperature import Schedule

MODEL = "openai/gpt-4o"
PRICE = {"input_per_million": 2.5, "output_per_million": 10}


def test_a_full_table_is_taken():
    table = {
        "models": [MODEL, "mock"], "base_url": "http://127.0.0.1:1/v1", "api_key_env": "KEY", "temperature": 1,
        "max_tokens": 100, "timeout_seconds": 5, "concurrency": 2, "retries": 0,
        "prices": {MODEL: {**PRICE, "cached_input_per_million": 0.15}}, "weights": {"rewrite": 1, "diff": 3},
    }  # fmt: skip
    settings = LLMSettings.from_table(table)
    assert settings.models == (MODEL, "mock")
    assert settings.prices == {MODEL: Price(Decimal("2.5"), Decimal("10.0"), Decimal("0.15"))}
    assert (settings.temperature, settings.timeout_seconds) == (1.0, 5.0)


def test_a_model_may_have_settings_of_its_own():
    settings = LLMSettings.from_table(
        {
            "temperature": 0.7, "max_tokens": 100, "base_url": "http://127.0.0.1:1/v1",
            "models": [
                {"name": "a", "weight": 3, "price": PRICE, "reasoning_effort": "low", "max_tokens": 9000,
                 "temperature": {"schedule": "linear", "from": 1, "to": 0.5, "over": 20}},
                {"name": "b", "base_url": "http://127.0.0.1:2/v1", "api_key_env": "B_KEY", "timeout_seconds": 9},
            ],
        }
    )  # fmt: skip
    first, second = (settings.of(model) for model in settings.models)
    assert settings.models == ("a", "b") and list(settings.prices) == ["a"]
    assert (first.weight, first.reasoning_effort, first.max_tokens) == (3.0, "low", 9000)
    assert first.temperature == Schedule("linear", 1.0, 0.5, 20)
    assert (first.base_url, first.timeout_seconds) == ("http://127.0.0.1:1/v1", 120.0)
    assert (second.base_url, second.api_key_env, second.timeout_seconds) == ("http://127.0.0.1:2/v1", "B_KEY", 9.0)
    assert (second.temperature, second.max_tokens, second.weight) == (0.7, 100, 1.0)
    assert settings.of("another") == LLMSettings(("x",), **{"temperature": 0.7, "max_tokens": 100,
                                                             "base_url": "http://127.0.0.1:1/v1"}).of("x")  # fmt: skip


def test_a_schedule_begins_and_ends_where_it_says():
    linear, stuck = Schedule("linear", 1.0, 0.4, 100), Schedule("stagnation", 0.5, 1.1, 60)
    assert [linear.at(n, 0) for n in (-1, 0, 50, 100, 500)] == [1.0, 1.0, 0.7, 0.4, 0.4]
    assert [stuck.at(1000, n) for n in (0, 30, 60, 90)] == [0.5, 0.8, 1.1, 1.1]


def test_an_inbox_takes_what_shapes_its_questions_only():
    table = {"models": ["a", "b"], "weights": {"tune": 1}, "insights": 50, "distill": 9, "temperature": 7}
    settings = LLMSettings.for_inbox(table, "inbox", 3)
    assert (settings.models, settings.concurrency, settings.distill) == (("inbox",), 3, 0)
    assert (settings.weights, settings.insights) == ({"tune": 1.0}, 50)
    with pytest.raises(SettingsError, match="bandit must be true or false"):
        LLMSettings.for_inbox({"bandit": 1}, "inbox", 1)


def test_one_model_and_one_price_may_be_written_short():
    settings = LLMSettings.from_table({"models": MODEL, "prices": PRICE})
    assert settings.prices == {MODEL: Price(Decimal("2.5"), Decimal("10.0"))}


WRONG = [
    ({}, "models must name at least one model"),
    ({"models": []}, "models must name at least one model"),
    ({"models": [3]}, "models must name at least one model"),
    ({"models": MODEL, "modles": 1}, "unknown key 'modles'; known keys: models, base_url"),
    ({"models": MODEL, "base_url": "localhost:1"}, "base_url must begin with http:// or https://"),
    ({"models": MODEL, "base_url": 7}, "base_url must be a string"),
    ({"models": MODEL, "api_key_env": ""}, "api_key_env must be a string"),
    ({"models": MODEL, "temperature": 3}, "temperature must lie between 0 and 2"),
    ({"models": MODEL, "temperature": "hot"}, "temperature must be a number"),
    ({"models": MODEL, "max_tokens": 0}, "max_tokens must be a whole number between 1 and"),
    ({"models": MODEL, "max_tokens": 1.5}, "max_tokens must be a whole number"),
    ({"models": MODEL, "concurrency": True}, "concurrency must be a whole number"),
    ({"models": MODEL, "retries": -1}, "retries must be a whole number between 0 and 100"),
    ({"models": MODEL, "timeout_seconds": 0}, "timeout_seconds must lie between"),
    ({"models": MODEL, "timeout_seconds": float("nan")}, "timeout_seconds must be a number"),
    ({"models": MODEL, "prices": 3}, "prices must be a table"),
    ({"models": MODEL, "prices": {"gpt": PRICE}}, "prices names 'gpt', which is not among models: openai/gpt-4o"),
    ({"models": MODEL, "prices": {MODEL: {"input_per_million": 1}}}, "lacks 'output_per_million'"),
    ({"models": MODEL, "prices": {MODEL: {**PRICE, "per_call": 1}}}, "has the unknown key 'per_call'"),
    ({"models": MODEL, "prices": {MODEL: {**PRICE, "input_per_million": -1}}}, "must lie between 0 and"),
    (
        {"models": MODEL, "weights": {"mutate": 1}},
        "weights must give a number to one or more of rewrite, diff, crossover",
    ),
    ({"models": MODEL, "weights": {"diff": 0}}, "must hold a number above 0"),
    ({"models": MODEL, "bandit": "yes"}, "bandit must be true or false, not 'yes'"),
    ({"models": MODEL, "insights": -1}, "insights must be a whole number between 0 and 10000"),
    ({"models": MODEL, "insights": 0, "distill": 5}, "distill sums up insights, and insights = 0 tells none"),
    ({"models": MODEL, "reasoning_effort": "huge"}, "reasoning_effort must be one of none, minimal, low, medium, high"),
    ({"models": MODEL, "temperature": {"schedule": "linear"}}, "or a table with schedule, from, to, over"),
    (
        {"models": MODEL, "temperature": {"schedule": "cosine", "from": 1, "to": 0, "over": 9}},
        "one of linear, stagnation",
    ),
    (
        {"models": MODEL, "temperature": {"schedule": "linear", "from": 3, "to": 0, "over": 9}},
        "temperature.from must lie",
    ),
    (
        {"models": MODEL, "temperature": {"schedule": "linear", "from": 1, "to": 0, "over": 0}},
        "temperature.over must be",
    ),
    ({"models": [{"weight": 1}]}, "models: each table needs a name"),
    (
        {"models": [{"name": MODEL, "wieght": 1}]},
        "models.\"openai/gpt-4o\": unknown key 'wieght'; known keys: name, price",
    ),
    ({"models": [{"name": MODEL, "weight": 0}]}, "models must have a weight above 0, at least one of them"),
    ({"models": [{"name": MODEL, "max_tokens": 0}]}, 'models."openai/gpt-4o": max_tokens must be a whole number'),
    ({"models": [{"name": MODEL, "price": 3}]}, 'models."openai/gpt-4o": price must be a table'),
    ({"models": [MODEL, MODEL]}, "models names 'openai/gpt-4o' twice"),
]


@pytest.mark.parametrize(("table", "says"), WRONG)
def test_what_is_wrong_is_said_in_one_sentence(table, says):
    with pytest.raises(SettingsError) as caught:
        LLMSettings.from_table(table, "campaign.toml [llm]")
    message = str(caught.value)
    assert message.startswith("campaign.toml [llm]: ")
    assert says in message
    assert "\n" not in message


def test_a_missing_key_is_named(monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(SettingsError, match="NO_SUCH_KEY, which is not set"):
        LLMSettings(models=(MODEL,), api_key_env="NO_SUCH_KEY").api_key()


@pytest.mark.parametrize(
    ("model", "found"),
    [("openai/gpt-4o", True), ("gpt-4o", True), ("azure/gpt-4o", False), ("vertex_ai/gemini", True), ("x/y/z", False)],
)
def test_published_prices_are_found_under_their_providers_name(model, found):
    cost = {"input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05}
    price_map = {
        "gpt-4o": {**cost, "litellm_provider": "openai"},
        "gemini": {**cost, "litellm_provider": "vertex_ai-language-models"},
        "y/z": {"litellm_provider": "x", "input_cost_per_token": 1e-6},
    }
    assert published_price(model, price_map) == (Price(Decimal("2.5"), Decimal("10")) if found else None)


def test_dollars_become_whole_nanodollars():
    assert usd_to_nusd(0.1) == 100_000_000
    assert usd_to_nusd(Decimal("0.000000001")) == 1


def test_what_would_fail_every_call_is_found_before_the_first(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="openai/gpt-4o needs a key: set OPENAI_API_KEY"):
        check_models(LLMSettings(models=(MODEL,)), usd_cap=True)
    with pytest.raises(SettingsError, match="provider/model"):
        check_models(LLMSettings(models=("nameless",)), usd_cap=False)
    with pytest.raises(UnknownPriceError, match="nameless"):
        check_models(LLMSettings(models=("nameless",), base_url="http://127.0.0.1:9/v1"), usd_cap=True)
    monkeypatch.setenv("OPENAI_API_KEY", "sesame")
    check_models(LLMSettings(models=(MODEL,)), usd_cap=True)
    check_models(LLMSettings(models=("nameless",), base_url="http://127.0.0.1:9/v1"), usd_cap=False)
