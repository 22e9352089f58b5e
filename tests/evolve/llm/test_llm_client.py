"""The client against a real HTTP server: what is sent, recorded, charged, tried again and given up."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from decimal import Decimal

import pytest

from evolve.llm import (
    BudgetExhaustedError,
    FatalLLMError,
    LLMSettings,
    Price,
    RefusedError,
    RetryPolicy,
    SettingsError,
    StoppedError,
    UnavailableError,
    UnknownPriceError,
    check_models,
)


def calls(archive):
    return [dict(row) for row in archive.rows("SELECT * FROM llm_calls ORDER BY rowid")]


def states(archive):
    return [row["state"] for row in calls(archive)]


def test_an_answer_is_recorded_and_charged_to_the_nanodollar(serve, connect, ask, archive):
    server = serve("auto")
    answer = connect(server).complete(ask(1))
    (row,), (request,) = calls(archive), server.log
    assert request["key"] == row["request_id"] == answer.request_id
    assert request["max_tokens"] == 400
    assert (row["prompt_tokens"], row["completion_tokens"]) == (request["prompt_tokens"], request["completion_tokens"])
    assert row["cost_nusd"] == request["prompt_tokens"] * 2_500 + request["completion_tokens"] * 10_000
    assert row["cost_nusd"] == answer.cost_nusd <= row["reserved_nusd"]
    assert row["answer"] == answer.text and "def priority(p, d, t)" in answer.text
    assert (row["state"], row["prompt_name"], row["prompt_hash"]) == ("answered", "rewrite", "0123456789abcdef")
    assert row["seconds"] > 0


def test_a_committed_answer_is_never_bought_again(serve, connect, ask):
    server = serve("auto")
    first = connect(server).complete(ask(1))
    assert connect(server).complete(ask(1)) == first
    assert connect(server).answered("c1-1", 0) == first
    assert len(server.log) == 1
    assert connect(server).complete(ask(1, turn=1)).request_id != first.request_id


@pytest.mark.parametrize("behaviour", ["429", "500", "503"])
def test_a_refusal_for_now_costs_nothing_and_is_retried_under_a_new_key(behaviour, serve, connect, ask, archive):
    server = serve(behaviour, behaviour, "auto")
    client = connect(server)
    client.complete(ask(1))
    rows = calls(archive)
    assert [r["state"] for r in rows] == ["refused", "refused", "answered"]
    assert [r["cost_nusd"] for r in rows[:2]] == [0, 0]
    assert len({r["request_id"] for r in rows}) == len({r["key"] for r in server.log}) == 3
    assert client.budget.spent.nusd == rows[2]["cost_nusd"]
    assert client.budget.reserved.nusd == 0


@pytest.mark.parametrize("behaviour", ["drop", "drop_early", "timeout", "504", "garbage_200"])
def test_a_call_in_doubt_is_charged_and_redone_under_its_key(behaviour, serve, connect, ask, archive):
    server = serve(behaviour, hold_seconds=5)
    client = connect(server, timeout_seconds=1.5)
    answer = client.complete(ask(1))
    doubt, done = calls(archive)
    assert (doubt["state"], done["state"]) == ("in_doubt", "answered")
    assert doubt["request_id"] == done["request_id"] == answer.request_id
    assert (doubt["attempt"], done["attempt"]) == (1, 2)
    assert doubt["cost_nusd"] == doubt["reserved_nusd"] > 0
    assert [r["key"] for r in server.log] == [answer.request_id] * 2
    assert doubt["messages"] == done["messages"]
    assert client.budget.spent.nusd == doubt["cost_nusd"] + done["cost_nusd"]
    assert client.ledger.spent() == client.budget.spent


def test_a_key_once_in_doubt_is_kept_through_a_refusal(serve, connect, ask, archive):
    """The first attempt may have been served: a new key would buy the answer a second time."""
    server = serve("drop", redo="same")
    client = connect(server, retry=RetryPolicy(retries=0))
    with pytest.raises(UnavailableError):
        client.complete(ask(1))
    with archive.write() as connection:
        connection.execute("INSERT INTO llm_calls SELECT request_id, 2, campaign_id, proposal_id, turn, model, "
                           "'refused', prompt_name, prompt_hash, messages, params, answer, finish_reason, "
                           "prompt_tokens, completion_tokens, cached_tokens, reserved_nusd, 0, reserved_tokens, "
                           "error, sent_at, settled_at, seconds, model_version, batch_id FROM llm_calls")  # fmt: skip
    answer = connect(serve("auto")).complete(ask(1))
    rows = calls(archive)
    assert [r["attempt"] for r in rows] == [1, 2, 3]
    assert {r["request_id"] for r in rows} == {answer.request_id}


def test_attempts_in_doubt_are_bounded_tighter_than_refusals(serve, connect, ask, archive):
    server = serve("drop", redo="same")
    with pytest.raises(UnavailableError, match="gave no answer in 3 attempts"):
        connect(server).complete(ask(1))
    assert states(archive) == ["in_doubt"] * 3
    busy = serve("429")
    with pytest.raises(UnavailableError, match="5 attempts"):
        connect(busy).complete(ask(2))
    assert len(busy.log) == 5


def test_retry_after_is_obeyed_by_all_calls_to_the_model(serve, connect, ask):
    server = serve("429", "auto", "auto", retry_after="1")
    client = connect(server)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.complete, ask(1))
        while not server.log or client.budget.reserved.nusd:
            time.sleep(0.01)
        second = pool.submit(client.complete, ask(2))
        first.result(), second.result()
    refused, *after = server.log
    assert min(r["time"] for r in after) - refused["time"] >= 0.95


def test_a_retry_after_beyond_patience_ends_the_call(serve, connect, ask):
    server = serve("429", retry_after="3600")
    started = time.monotonic()
    with pytest.raises(UnavailableError):
        connect(server).complete(ask(1))
    assert time.monotonic() - started < 5
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [("401", "does not accept the key"), ("403", "does not accept the key"), ("404", "knows no model"),
     ("quota_429", "no credit left")],
)  # fmt: skip
def test_what_no_call_survives_stops_the_campaign_at_once(behaviour, says, serve, connect, ask, archive):
    server = serve(behaviour)
    with pytest.raises(FatalLLMError, match=says) as caught:
        connect(server).complete(ask(1))
    assert "\n" not in str(caught.value)
    assert len(server.log) == 1
    assert [(r["state"], r["cost_nusd"]) for r in calls(archive)] == [("refused", 0)]


@pytest.mark.parametrize("behaviour", ["400", "policy_400"])
def test_a_refused_prompt_is_not_retried(behaviour, serve, connect, ask):
    server = serve(behaviour)
    with pytest.raises(RefusedError):
        connect(server).complete(ask(1))
    assert len(server.log) == 1


def test_refusals_of_every_request_stop_the_campaign_but_those_of_content_do_not(serve, connect, ask):
    client = connect(serve("400"))
    for k in (1, 2):
        with pytest.raises(RefusedError):
            client.complete(ask(k))
    with pytest.raises(FatalLLMError, match="3 calls in a row"):
        client.complete(ask(3))
    client = connect(serve("policy_400"))
    for k in range(4, 9):
        with pytest.raises(RefusedError):
            client.complete(ask(k))


def test_an_endpoint_that_is_not_there_is_never_charged(connect, ask, archive):
    client = connect("http://127.0.0.1:9/v1")
    with pytest.raises(UnavailableError, match="no connection"):
        client.complete(ask(1))
    assert set(states(archive)) == {"refused"}
    assert client.budget.spent.nusd == 0


def test_a_model_without_provider_is_taken_as_openai_compatible_with_a_base_url_only(
    serve, connect, ask, archive, price
):
    from dataclasses import replace

    server = serve("auto")
    client = connect(server, models=("tiny-local",), prices={"tiny-local": price})
    client.complete(replace(ask(1), model="tiny-local"))
    assert server.log[0]["model"] == "tiny-local"
    from evolve.llm import ArchiveLedger, LLMClient

    alone = LLMClient(LLMSettings(models=("tiny-local",)), ArchiveLedger(archive, "c2"))
    with pytest.raises(FatalLLMError, match="provider/model"):
        alone.complete(replace(ask(2), model="tiny-local"))


def test_the_key_comes_from_the_named_variable(serve, connect, ask, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sesame")
    server = serve("auto")
    connect(server, api_key_env="MY_KEY", temperature=0.7).complete(ask(1))
    assert server.log[0]["authorization"] == "Bearer sesame"
    assert server.log[0]["temperature"] == 0.7


def test_missing_usage_is_charged_at_the_upper_bound(serve, connect, ask, archive):
    client = connect(serve("auto", usage=False))
    answer = client.complete(ask(1))
    (row,) = calls(archive)
    assert answer.prompt_tokens >= len(ask(1).messages[1]["content"]) // 2
    assert 0 < row["cost_nusd"] <= row["reserved_nusd"]


@pytest.mark.parametrize("cap", ["usd", "tokens"])
def test_caps_are_never_overshot_by_eight_threads(cap, serve, connect, ask, archive):
    """At no moment may what is spent and what may yet be spent exceed the cap; what is left buys no further call."""
    server = serve("auto", "slow", "auto", "429", "auto", "auto", "drop", "auto", "auto", "slow", slow_seconds=0.05)
    limit = {"cap_nusd": 30_000_000} if cap == "usd" else {"cap_tokens": 4_000}
    client = connect(server, **limit)
    peak = []

    def one(k):
        try:
            client.complete(ask(k))
        except BudgetExhaustedError:
            return "exhausted"
        except UnavailableError:
            return "unavailable"
        finally:
            total = client.budget.spent + client.budget.reserved
            peak.append(total.nusd if cap == "usd" else total.tokens)
        return "answered"

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(one, range(120)))
    spent = client.ledger.spent()
    assert spent == client.budget.spent
    assert client.budget.reserved.nusd == client.budget.reserved.tokens == 0
    assert "exhausted" in ends
    assert ends.count("answered") == states(archive).count("answered") >= 5
    used, most = (spent.nusd, 30_000_000) if cap == "usd" else (spent.tokens, 4_000)
    assert max([used, *peak]) <= most
    dearest = max(r["reserved_nusd" if cap == "usd" else "reserved_tokens"] for r in calls(archive))
    assert most - used < dearest
    assert len(server.log) == len(calls(archive))


def test_a_cap_holds_over_several_runs_of_the_campaign(serve, connect, ask):
    server = serve("auto")
    first = connect(server, cap_nusd=8_000_000)
    first.complete(ask(1))
    second = connect(server, cap_nusd=8_000_000)
    assert second.budget.spent == first.budget.spent
    with pytest.raises(BudgetExhaustedError, match=r"\$0\.00\d\d of \$0\.0080 is spent and the next call could cost"):
        for k in range(2, 30):
            second.complete(ask(k))
    assert second.ledger.spent().nusd <= 8_000_000


def test_a_usd_cap_needs_a_price(serve, connect):
    with pytest.raises(UnknownPriceError, match=r"input_per_million and output_per_million"):
        connect(serve(), prices={}, cap_nusd=1)
    connect(serve(), prices={}, cap_tokens=1)
    known = connect(serve(), models=("openai/gpt-4o",), prices={}, cap_nusd=1)
    assert known.settings.models == ("openai/gpt-4o",)


def test_prices_are_exact():
    price = Price(Decimal("0.075"), Decimal("0.3"), Decimal("0.0375"))
    assert price.cost_nusd(1_000_000, 0) == 75_000_000
    assert price.cost_nusd(1, 0) == 75
    assert price.cost_nusd(3, 0, cached_tokens=1) == 188  # 2 x 75 + 37.5, rounded up
    assert sum(price.cost_nusd(7, 11) for _ in range(1000)) == 1000 * (7 * 75 + 11 * 300)


def test_stop_ends_waiting_calls_and_loses_none(serve, connect, ask, archive):
    server = serve("429", retry_after="4")
    client = connect(server)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.complete, ask(1))
        while not server.log or client.budget.reserved.nusd:
            time.sleep(0.01)
        client.stop()
        with pytest.raises(StoppedError):
            waiting.result(timeout=2)
    assert states(archive) == ["refused"]


def test_two_hundred_calls_of_every_kind(serve, connect, ask, archive):
    """Counts, costs and keys agree with the server's own log, and no question goes without an end."""
    mix = {"auto": 60, "prose": 5, "malformed": 5, "refusal_text": 3, "content_filter": 3, "truncated": 4, "slow": 6,
           "429": 6, "500": 4, "drop": 5, "drop_early": 3, "timeout": 1, "policy_400": 2}  # fmt: skip
    server = serve(mix=mix, slow_seconds=0.05, hold_seconds=6)
    client = connect(server, timeout_seconds=3.0, retry=RetryPolicy(retries=9, first_seconds=0.01))
    ends = []

    def one(k):
        try:
            ends.append(client.complete(ask(k)).request_id)
        except RefusedError:
            ends.append("refused")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(200)))
    rows, log = calls(archive), server.log
    assert len(ends) == 200
    assert len(rows) == len(log)
    assert {(r["request_id"], r["attempt"]) for r in rows} == {(r["key"], r["attempt"]) for r in log}
    served = {(r["key"], r["attempt"]): r for r in log if r["status"] == 200}
    for row in rows:
        if row["state"] == "answered":
            usage = served[row["request_id"], row["attempt"]]
            assert row["cost_nusd"] == usage["prompt_tokens"] * 2_500 + usage["completion_tokens"] * 10_000
        else:
            assert row["cost_nusd"] == (row["reserved_nusd"] if row["state"] == "in_doubt" else 0)
    assert client.budget.spent.nusd == sum(r["cost_nusd"] for r in rows)
    doubtful = {r["request_id"] for r in rows if r["state"] == "in_doubt"}
    assert {r["key"] for r in log if r["attempt"] > 1} <= doubtful
    assert sum(r["state"] == "answered" for r in rows) == 200 - ends.count("refused")
    assert doubtful


@pytest.mark.parametrize(
    ("model", "name"),
    [("openai/qwen3-coder:30b", "qwen3-coder:30b"), ("openai/Qwen/Qwen3-Coder", "Qwen/Qwen3-Coder"),
     ("openai/local", "local"), ("openrouter/qwen/qwen3-coder", "qwen/qwen3-coder"), ("nameless", "nameless")],
)  # fmt: skip
def test_what_is_set_for_a_model_arrives_at_its_own_address(model, name, serve, connect, ask, monkeypatch):
    """The names with which the page on models says that Ollama, vLLM, llama.cpp and OpenRouter are reached."""
    monkeypatch.setenv("ITS_KEY", "sesame")
    elsewhere, server = serve("auto"), serve("auto")
    table = {
        "base_url": elsewhere.url, "temperature": 0.4, "max_tokens": 300,
        "models": [{"name": model, "base_url": server.url, "api_key_env": "ITS_KEY", "temperature": 0.9,
                    "reasoning_effort": "high", "max_tokens": 777}, "openai/other"],
    }  # fmt: skip
    settings = LLMSettings.from_table(table)
    client = connect(server, **{f.name: getattr(settings, f.name) for f in fields(settings) if f.name != "base_url"})
    client.complete(replace(ask(1), model=model))
    client.complete(replace(ask(2), model=model, params={"temperature": 0.1}))
    (first, second), key = server.log, "Bearer sesame"
    assert (first["model"], first["authorization"]) == (name, key[:16])
    assert (first["temperature"], first["reasoning_effort"], first["max_tokens"]) == (0.9, "high", 777)
    assert second["temperature"] == 0.1


def test_what_is_set_for_all_holds_for_a_model_without_its_own(serve, connect, ask):
    server = serve("auto")
    connect(server, temperature=0.4, reasoning_effort="low").complete(ask(1))
    (request,) = server.log
    assert (request["temperature"], request["reasoning_effort"], request["max_tokens"]) == (0.4, "low", 400)


def test_an_effort_that_would_be_left_out_is_refused():
    settings = LLMSettings(models=("mistral/codestral-latest",), reasoning_effort="low", api_key_env="PATH")
    with pytest.raises(SettingsError, match="mistral/codestral-latest takes no reasoning_effort"):
        check_models(settings, usd_cap=False)
