"""Asking models: what is asked, recorded, charged, repaired, and never bought twice."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from evaluators.rconstraintbench.verifier import verify
from evolve.llm import Spend
from evolve.rcbench.bench import Bench
from evolve.rcbench.contestants import ModelOptions, solver_contestant
from evolve.rcbench.prompts import Prompts
from evolve.rcbench.reading import read_answer
from evolve.rcbench.results import answer_of, instance_of, load, witness_of
from evolve.rcbench.sets import store_set
from tests.support.openai_server import question_key
from tests.support.planted_models import answer_text, failed, planted_answers


def step(level):
    return 1.0 if level <= 6 else 0.0


@pytest.fixture
def planted(instances):
    return planted_answers(instances.generated, step, ["PRECEDENCE"])


@pytest.mark.parametrize("batch", [False, True])
def test_a_model_of_known_competence_is_found_to_be_so(batch, bench, serve, planted, archive):
    server = serve(planted)
    run = bench(server, batch=batch)
    run.run()
    (result,) = load(archive)
    assert result.instances == len(result.answers) == len(server.log) == 16
    for answer in result.answers:
        right = answer.level <= 6
        assert answer.verdict == ("feasible" if right else "infeasible")
        assert answer.kinds == (() if right else ("PRECEDENCE",))
        assert (answer.first_kind, answer.turns) == (None if right else "PRECEDENCE", 1)
    assert sum(a.usd for a in result.answers) == pytest.approx(
        sum(r["prompt_tokens"] * 2.5e-6 + r["completion_tokens"] * 1e-5 for r in server.log)
    )
    assert [a.name for a in result.answers][:2] == ["precedence/k03/01", "precedence/k03/02"]
    assert result.model_versions == ("scripted",)
    bench(server, batch=batch).run()
    assert len(server.log) == 16


def test_what_a_solver_needs_at_first_is_no_part_of_an_answers_time(archive, instances, monkeypatch):
    called = []

    def late(instance, seed):
        if not called:
            time.sleep(0.5)
        called.append(instance)
        return {task.id: 0 for task in instance.tasks}

    monkeypatch.setattr("evolve.rcbench.bench.SOLVERS", {"cp-sat": late})
    set_id = store_set(archive, instances)
    Bench(archive, set_id, [solver_contestant("cp-sat")], ModelOptions(), {}).run()
    (result,) = load(archive)
    assert len(result.answers) == 16
    assert max(answer.seconds for answer in result.answers) < 0.5
    assert len(called) == 17
    Bench(archive, set_id, [solver_contestant("cp-sat")], ModelOptions(), {}).run()
    assert len(called) == 17  # nothing was left to solve


def test_an_answer_can_be_looked_at_whole(bench, serve, planted, archive):
    bench(serve(planted)).run()
    (result,) = load(archive, [load(archive)[0].run_id[:6]])
    for answer in result.answers:
        detail = answer_of(archive, result.run_id, answer.instance_id)
        instance = instance_of(archive, answer.instance_id)
        assert detail.answer == answer
        assert detail.violations == verify(instance, detail.schedule).violations
        assert detail.text.startswith("Here it is.")
        assert verify(instance, witness_of(archive, answer.instance_id)).feasible


def test_what_was_chosen_is_sent_and_recorded(bench, serve, planted, archive):
    server = serve(planted)
    run = bench(server, temperature=0.5, reasoning_effort="low", json_schema=True, prompt="fields", limit=4)
    run.run()
    assert len(server.log) == 4
    request = server.log[0]
    assert (request["temperature"], request["reasoning_effort"]) == (0.5, "low")
    assert (request["response_format"], request["max_tokens"]) == ("json_schema", 400)
    (result,) = load(archive)
    assert {a.level for a in result.answers} == {3, 9}  # spread evenly
    assert result.contestant == "openai/scripted (JSON schema, temperature 0.5, effort low)"
    assert result.settings["prompt_hash"]
    bench(server, temperature=0.5, reasoning_effort="low", json_schema=True, limit=8).run()
    assert len(server.log) == 8


@pytest.mark.parametrize("batch", [False, True])
def test_an_answer_may_be_repaired(batch, bench, serve, instances, archive):
    prompts, planted = Prompts(), {}
    for one in instances.generated:
        question = [dict(m) for m in prompts.question("fields", one.instance).messages]
        wrong = answer_text(dict.fromkeys(one.witness, 0))
        again = prompts.repair(read_answer(one.instance, wrong)).messages[1]
        planted[question_key(question)] = wrong
        turns = [*question, {"role": "assistant", "content": wrong}, dict(again)]
        planted[question_key(turns)] = answer_text(one.witness)
    server = serve(planted)
    bench(server, batch=batch, repairs=3).run()
    (result,) = load(archive)
    assert {(a.verdict, a.turns) for a in result.answers} == {("feasible", 2)}
    assert sum(a.input_tokens for a in result.answers) == sum(r["prompt_tokens"] for r in server.log)
    assert len(server.log) == 32
    bench(server, batch=batch, repairs=3).run()
    assert len(server.log) == 32


@pytest.mark.parametrize("batch", [False, True])
def test_refusals_retries_and_unreadable_answers_are_told_apart(batch, bench, serve, planted, archive):
    # In order of arrival, so one at a time; what a key seen before gets is a good answer.
    server = serve(planted, "auto", "policy_400", "429", "refusal_text", "drop")
    bench(server, batch=batch, concurrency=1, limit=5).run()
    (result,) = load(archive)
    found = Counter(a.verdict for a in result.answers)
    assert found["refused"] >= 1
    assert found["format"] >= 1
    assert found["failed"] == 0
    assert sum(found.values()) == 5
    assert all(a.kinds == ("FORMAT",) for a in result.answers if a.verdict == "format")


def test_a_cap_is_held_and_a_higher_one_goes_on(bench, serve, planted, archive):
    server = serve(planted)
    whole = bench(server)
    cap = 20_000_000  # two cents: a call can cost 0.8 of one
    bench(server, cap_nusd=cap).run()
    (row,) = archive.rows("SELECT state, stop_reason FROM rcbench_runs")
    assert row["state"] == "stopped"
    assert "$0.0200" in row["stop_reason"]
    bought = len(server.log)
    assert 0 < bought < 16
    (result,) = load(archive)
    assert sum(a.usd for a in result.answers) <= 0.02
    bench(server, cap_nusd=100 * cap).run()
    assert len(server.log) == 16
    assert len({r["question"] for r in server.log}) == 16
    assert archive.row("SELECT state FROM rcbench_runs")["state"] == "done"
    assert whole.run_ids == [result.run_id]


def test_a_stop_lets_calls_under_way_end_and_records_their_answers(bench, serve, planted, archive):
    server = serve(planted, latency=0.5)
    run = bench(server, concurrency=4)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run.run)
        while len(server.log) < 4:
            time.sleep(0.01)
        run.stop()
        running.result()
    (row,) = archive.rows("SELECT state, stop_reason FROM rcbench_runs")
    assert (row["state"], len(server.log)) == ("stopped", 4)
    assert [row["state"] for row in archive.rows("SELECT state FROM llm_calls")] == ["answered"] * 4
    assert len(load(archive)[0].answers) == 4
    bench(server).run()
    assert len(server.log) == len(load(archive)[0].answers) == 16


def test_a_key_that_is_refused_stops_the_run_and_says_so(bench, serve, planted, archive):
    bench(serve(planted, "401"), concurrency=1).run()
    (row,) = archive.rows("SELECT state, stop_reason FROM rcbench_runs")
    assert row["state"] == "stopped"
    assert "does not accept the key" in row["stop_reason"]


def test_a_batch_whose_id_was_lost_is_found_again_and_not_made_twice(bench, serve, planted, archive, monkeypatch):
    from evolve.llm import BatchLedger

    server = serve(planted)
    with monkeypatch.context() as patched, pytest.raises(InterruptedError):
        patched.setattr(BatchLedger, "created", lambda *_: (_ for _ in ()).throw(InterruptedError))
        bench(server, batch=True).run()
    reserved = archive.row("SELECT sum(reserved_nusd) FROM llm_calls WHERE state = 'reserved'")[0]
    again = bench(server, batch=True, cap_nusd=reserved + 1)  # what is held fits beside nothing else
    again.run()
    assert len(server.batches.made) == 1
    assert {a.verdict for a in load(archive)[0].answers} == {"feasible", "infeasible"}
    assert len(server.log) == 16


def test_what_a_batch_leaves_out_goes_into_another(bench, serve, planted, archive):
    server = serve(planted, *["auto"] * 10, *["drop"] * 3, *["503"] * 3, *["auto"] * 6)
    bench(server, batch=True).run()
    (result,) = load(archive)
    assert {a.verdict for a in result.answers} <= {"feasible", "infeasible"}
    assert len(result.answers) == 16
    assert len(server.batches.made) == 2
    states = Counter(row["state"] for row in archive.rows("SELECT state FROM llm_calls"))
    assert states["answered"] == 16
    assert states["reserved"] == 0


def test_two_models_share_one_cap(archive, instances, serve, planted, price):
    from evolve.rcbench.bench import Bench
    from evolve.rcbench.contestants import ModelOptions, model_contestant
    from evolve.rcbench.sets import store_set

    server = serve(planted)
    models = ("openai/one", "openai/two")
    options = ModelOptions(base_url=server.url, prices=dict.fromkeys(models, price), max_tokens=400)
    contestants = [model_contestant(name, options, Prompts()) for name in models]
    Bench(archive, store_set(archive, instances), contestants, options, {}, cap_nusd=40_000_000).run()
    spent = sum((Spend(row["cost_nusd"]) for row in archive.rows("SELECT cost_nusd FROM llm_calls")), Spend())
    assert 0 < spent.nusd <= 40_000_000
    assert {r["model"] for r in server.log} == {"one", "two"}


def test_planted_failures_are_of_their_class(instances):
    import random

    kinds = Counter()
    for one in instances.generated:
        for kind in ("PRECEDENCE", "CAPACITY", "DEADLINE", "FORMAT"):
            schedule = failed(one.instance, one.witness, kind, random.Random(1))
            if schedule is not None:
                assert verify(one.instance, schedule).kinds == (kind,)
                kinds[kind] += 1
    assert kinds["PRECEDENCE"] == kinds["FORMAT"] == 16
