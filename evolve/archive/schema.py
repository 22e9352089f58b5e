"""Tables of the archive, as migrations recorded in the file itself.

Conventions: ids are content hashes or derived from the campaign's id; times are Unix seconds; JSON is text; arrays are
zlib-compressed little-endian float64 blobs; money is integer nano-dollars.
"""

from __future__ import annotations

import re

from sqlite_utils import Database, Migrations

from evolve.archive.derived import CATALOG, INSIGHTS, TOTALS

migrations = Migrations("evolve")


@migrations()
def m001_initial(db: Database) -> None:
    """Campaigns, candidates, proposals, evaluations, calls, events."""
    db.table("campaigns").create(
        {
            "id": str,
            "created_at": float,
            "problem": str,
            "problem_version": str,
            "entry_point": str,
            "proposer": str,
            "config": str,  # JSON: everything needed to resume
            "seed": int,
            "secret": str,  # hex; seeds the fresh part of `test`
            "environment": str,
            "capabilities": str,  # JSON: what the sandbox really enforced
            "state": str,  # running | stopped | done | failed
            "stop_reason": str,
            "active_seconds": float,
            "driver": str,  # pid and start time of the process that runs it
            "winner": str,
            "report": str,  # JSON document printed at the end
        },
        pk="id",
    )
    db.table("candidates").create(
        {
            "id": str,
            "language": str,
            "files": str,  # JSON {path: text}
            "dedupe_key": str,
            "size": int,
            "created_at": float,
        },
        pk="id",
    )
    db.table("candidates").create_index(["dedupe_key"])
    db.table("proposals").create(
        {
            "id": str,
            "campaign_id": str,
            "ordinal": int,
            "seed": int,
            "island": int,
            "node": str,  # where `resume` enters the graph; `done` when over
            "turn": int,  # repair turns taken
            "operator": str,
            "context": str,  # JSON: ids of parents and pool drawn by selection
            "candidate_id": str,
            "genome": str,
            "failure": str,
            "verdict": str,
            "status": str,  # evaluated | duplicate | rejected | failed
            "score": float,
            "evaluations": int,  # how many it cost (repairs count)
            "admitted": int,
            "created_at": float,
            "done_at": float,
        },
        pk="id",
        foreign_keys=[("campaign_id", "campaigns", "id"), ("candidate_id", "candidates", "id")],
    )
    db.table("proposals").create_index(["campaign_id", "ordinal"], unique=True)
    db.table("proposals").create_index(["campaign_id", "node"])
    db.table("proposals").create_index(["campaign_id", "status"])
    db.table("proposals").create_index(["candidate_id"])
    db.table("parents").create(
        {"proposal_id": str, "candidate_id": str, "position": int},
        pk=("proposal_id", "position"),
        foreign_keys=[("proposal_id", "proposals", "id"), ("candidate_id", "candidates", "id")],
    )
    db.table("parents").create_index(["candidate_id"])
    db.table("evaluations").create(
        {
            "id": str,
            "candidate_id": str,
            "campaign_id": str,
            "proposal_id": str,
            "problem": str,
            "problem_version": str,
            "entry_point": str,
            "split": str,
            "instance_set": str,
            "environment": str,
            "repeat": int,
            "verdict": str,
            "stage": str,
            "score": float,
            "low": float,
            "high": float,
            "complete": int,
            "objectives": str,  # JSON {objective: mean}
            "stages": str,  # JSON
            "feedback": str,
            "cpu_seconds": float,
            "wall_seconds": float,
            "peak_memory_bytes": int,
            "decisions_digest": str,
            "sandbox": str,
            "created_at": float,
        },
        pk="id",
        foreign_keys=[("candidate_id", "candidates", "id"), ("campaign_id", "campaigns", "id")],
    )
    db.table("evaluations").create_index(["candidate_id", "problem_version", "entry_point", "split"])
    db.table("evaluations").create_index(["campaign_id", "split"])
    db.table("evaluations").create_index(["problem", "entry_point", "split", "score"])
    db.table("instance_sets").create(
        {"id": str, "problem": str, "split": str, "names": str, "parts": str, "best_known": str, "proven": str},
        pk="id",
    )
    db.table("instance_scores").create(
        {"evaluation_id": str, "scores": bytes, "objectives": bytes},
        pk="evaluation_id",
        foreign_keys=[("evaluation_id", "evaluations", "id")],
    )
    db.table("members").create(
        {
            "campaign_id": str,
            "candidate_id": str,
            "proposal_id": str,
            "island": int,
            "score": float,
            "fitness_key": str,  # digest of per-instance scores: equal behaviour
            "alive": int,  # in the population now
        },
        pk=("campaign_id", "candidate_id"),
        foreign_keys=[("campaign_id", "campaigns", "id"), ("candidate_id", "candidates", "id")],
    )
    db.table("members").create_index(["campaign_id", "alive", "score"])
    db.table("elites").create(
        {
            "campaign_id": str,
            "candidate_id": str,
            "proposal_id": str,
            "train": float,
            "validation": float,
            "low": float,
            "high": float,
            "audit": str,  # verdict of the audit
            "feedback": str,
            "admitted_at": float,
        },
        pk=("campaign_id", "candidate_id"),
        foreign_keys=[("campaign_id", "campaigns", "id"), ("candidate_id", "candidates", "id")],
    )
    db.table("elites").create_index(["campaign_id", "audit", "validation"])
    db.table("llm_calls").create(
        {
            "request_id": str,
            "attempt": int,
            "campaign_id": str,
            "proposal_id": str,
            "turn": int,
            "model": str,
            "state": str,  # reserved | answered | refused | in_doubt
            "prompt_name": str,
            "prompt_hash": str,
            "messages": str,
            "params": str,
            "answer": str,
            "finish_reason": str,
            "prompt_tokens": int,
            "completion_tokens": int,
            "cached_tokens": int,  # of the prompt tokens, those the provider had in its cache
            "reserved_nusd": int,
            "cost_nusd": int,
            "reserved_tokens": int,
            "error": str,
            "sent_at": float,
            "settled_at": float,
            "seconds": float,
        },
        pk=("request_id", "attempt"),
    )
    db.table("llm_calls").create_index(["campaign_id", "state"])
    db.table("llm_calls").create_index(["proposal_id", "turn"])
    db.table("events").create(
        {"id": int, "campaign_id": str, "proposal_id": str, "at": float, "kind": str, "data": str}, pk="id"
    )
    db.table("events").create_index(["campaign_id", "kind"])


@migrations()
def m002_rcbench(db: Database) -> None:
    """R-ConstraintBench: instance sets, runs of contestants, their answers; batches of calls."""
    db.table("rcbench_sets").create(
        {"id": str, "created_at": float, "document": str},  # JSON of the set's file without its instances
        pk="id",
    )
    db.table("rcbench_instances").create(
        {
            "id": str,  # hash of the instance's canonical JSON, so that sets may share one
            "name": str,
            "domain": str,
            "phase": str,
            "level": int,
            "idx": int,
            "document": str,  # JSON
            "witness": str,  # JSON {task: start}; never part of a prompt
            "tightness": str,  # JSON
        },
        pk="id",
    )
    db.table("rcbench_members").create(
        {"set_id": str, "instance_id": str, "position": int},
        pk=("set_id", "instance_id"),
        foreign_keys=[("set_id", "rcbench_sets", "id"), ("instance_id", "rcbench_instances", "id")],
    )
    db.table("rcbench_members").create_index(["instance_id"])
    db.table("rcbench_runs").create(
        {
            "id": str,  # hash of set, contestant and settings: the same command goes on with the same run
            "created_at": float,
            "set_id": str,
            "contestant": str,
            "kind": str,  # llm | solver | archive
            "model": str,
            "settings": str,  # JSON: what shapes the answers
            "state": str,  # running | stopped | done
            "stop_reason": str,
            "driver": str,  # pid and start time of the process that runs it
        },
        pk="id",
        foreign_keys=[("set_id", "rcbench_sets", "id")],
    )
    db.table("rcbench_runs").create_index(["set_id"])
    db.table("llm_batches").create(
        {
            "id": str,  # ours, sent along as metadata: by it a batch is found again whose id never reached us
            "campaign_id": str,
            "created_at": float,
            "provider_file": str,
            "provider_batch": str,
            "state": str,  # open | collected
            "outcome": str,  # the provider's word: completed, expired, failed, …
        },
        pk="id",
    )
    db.table("llm_batches").create_index(["campaign_id", "state"])
    calls = db.table("llm_calls")
    calls.add_column("model_version", str)  # as the provider named it in its answer
    calls.add_column("batch_id", str, fk="llm_batches", fk_col="id")
    calls.create_index(["batch_id"])
    db.table("rcbench_answers").create(
        {
            "run_id": str,
            "instance_id": str,
            "turn": int,  # 0, or the number of the repair; the last one counts
            "verdict": str,  # feasible | infeasible | format | refused | failed
            "kinds": str,  # JSON: sorted violation kinds
            "first_kind": str,  # kind of the violation that begins earliest
            "violations": str,  # JSON
            "schedule": str,  # JSON {task: start}
            "note": str,  # one line, where there is no schedule: why
            "request_id": str,
            "attempt": int,
            "input_tokens": int,
            "output_tokens": int,
            "cost_nusd": int,  # doubtful attempts included
            "seconds": float,
            "created_at": float,
        },
        pk=("run_id", "instance_id", "turn"),
        foreign_keys=[
            ("run_id", "rcbench_runs", "id"),
            ("instance_id", "rcbench_instances", "id"),
            (("request_id", "attempt"), "llm_calls", ("request_id", "attempt")),
        ],
    )
    db.table("rcbench_answers").create_index(["instance_id"])
    db.table("rcbench_answers").create_index(["request_id", "attempt"])


@migrations()
def m003_compare(db: Database) -> None:
    """Comparisons of proposers, and which campaigns they consist of."""
    db.table("comparisons").create(
        {
            "id": str,  # hash of the plan: the same command goes on with the same comparison
            "created_at": float,
            "problem": str,
            "problem_version": str,
            "plan": str,  # JSON: everything needed to go on
            "state": str,  # running | stopped | done
            "stop_reason": str,
            "driver": str,  # pid and start time of the process that runs it
            "report": str,  # JSON document printed at the end
        },
        pk="id",
    )
    db.table("comparison_campaigns").create(
        {
            "comparison_id": str,
            "position": int,  # in the order they are run
            "proposer": str,
            "repeat": int,
            "seed": int,
            # Drawn with the plan, before there is such a campaign: one that was begun is never orphaned.
            "campaign_id": str,
        },
        pk=("comparison_id", "position"),
        foreign_keys=[("comparison_id", "comparisons", "id")],
    )
    db.table("comparison_campaigns").create_index(["campaign_id"], unique=True)


@migrations()
def m004_trust(db: Database) -> None:
    """Where scores come from: computed outside the sandbox, or told by an evaluator inside it."""
    for name in ("campaigns", "evaluations"):
        db.table(name).add_column("trust", str, not_null_default="trusted")  # trusted | in-sandbox


@migrations()
def m005_scale(db: Database) -> None:
    """What a million candidates ask for: totals instead of counting, and indexes for what is listed and resumed.

    Equality on more columns of an index is what SQLite prefers where it has no statistics. Queries that could be led
    astray by that mark the columns not to be looked up with a unary plus.
    """
    db.table("campaign_totals").create(
        {"campaign_id": str, "proposals": int, "evaluations": int, "cost_nusd": int},
        pk="campaign_id",
        foreign_keys=[("campaign_id", "campaigns", "id")],
        not_null={"proposals", "evaluations", "cost_nusd"},
    )
    db.execute(
        "INSERT INTO campaign_totals SELECT id, "
        "(SELECT count(*) FROM proposals p WHERE p.campaign_id = c.id AND p.ordinal > 0), "
        "(SELECT coalesce(sum(p.evaluations), 0) FROM proposals p WHERE p.campaign_id = c.id), "
        "(SELECT coalesce(sum(l.cost_nusd), 0) FROM llm_calls l WHERE l.campaign_id = c.id) FROM campaigns c"
    )
    for trigger in TOTALS.split("END;\n")[:-1]:
        db.execute(trigger + "END")
    campaigns, proposals, evaluations = db.table("campaigns"), db.table("proposals"), db.table("evaluations")
    campaigns.create_index(["created_at"])
    campaigns.create_index(["problem", "created_at"])
    # What became of a campaign's proposals is counted, and the latest are read, in the index alone.
    db.execute("DROP INDEX idx_proposals_campaign_id_status")
    proposals.create_index(["campaign_id", "status", "ordinal", "evaluations"])
    db.execute("DROP INDEX idx_proposals_campaign_id_node")
    db.execute("CREATE INDEX unfinished_proposals ON proposals (campaign_id, ordinal) WHERE node != 'done'")
    evaluations.create_index(["proposal_id", "split", "repeat"])
    # An index ends with the row's number, which tells what is latest.
    evaluations.create_index(["split", "verdict"])
    evaluations.create_index(["problem", "split"])
    evaluations.create_index(["problem", "split", "verdict"])
    evaluations.create_index(["campaign_id", "split", "verdict"])
    db.execute("DROP INDEX idx_evaluations_problem_entry_point_split_score")
    for column in ("problem", "campaign_id"):
        db.execute(
            f"CREATE INDEX best_of_{column} ON evaluations ({column}, split, score) "
            "WHERE complete = 1 AND score IS NOT NULL"
        )
    calls = db.table("llm_calls")
    # What was spent is summed up in the index alone: in the table it lies behind prompts and answers.
    db.execute("DROP INDEX idx_llm_calls_campaign_id_state")
    calls.create_index(
        ["campaign_id", "state", "cost_nusd", "reserved_nusd", "prompt_tokens", "completion_tokens", "reserved_tokens"],
        "spend_of_calls",
    )
    calls.create_index(["model"])


@migrations()
def m006_homes(db: Database) -> None:
    """Which islands a member lives on: migration puts copies of it on several."""
    db.table("members").add_column("homes", int)  # bits by number of the island; null: that of its birth


@migrations()
def m007_environments(db: Database) -> None:
    """What the hashes of environments stand for, so that it can be said in what two of them differ."""
    db.table("environments").create(
        {"id": str, "facts": str, "seen_at": float},  # JSON {fact: text}
        pk="id",
    )


@migrations()
def m008_asked(db: Database) -> None:
    """What a proposer asked for, and what was said beside the program it got."""
    proposals = db.table("proposals")
    proposals.add_column("asked", str)  # the operator of the first question; empty if nobody was asked
    proposals.add_column("remark", str)


@migrations()
def m009_catalog(db: Database) -> None:
    """The catalogue: a row for each proposal that is over, to be listed, searched and counted. It is filled later."""
    for statement in CATALOG.split(";\n")[:-1]:
        db.execute(statement)


@migrations()
def m010_insights(db: Database) -> None:
    """What campaigns' summaries say can be searched for, those already on record too."""
    table, *triggers = re.split(r";\n(?=CREATE)", INSIGHTS.strip())
    db.execute(table)
    db.execute(
        "INSERT INTO insights (answer, problem, campaign_id, call_id) "
        "SELECT l.answer, c.problem, c.id, l.proposal_id FROM campaigns c CROSS JOIN llm_calls l "
        "ON l.proposal_id >= c.id || '-insights-' AND l.proposal_id < c.id || '-insights.' "
        "WHERE l.state = 'answered' ORDER BY l.settled_at, l.proposal_id"
    )
    for trigger in triggers:
        db.execute(trigger)


@migrations()
def m011_runs_listed(db: Database) -> None:
    """What a list of runs says of each, without its answers' schedules: twenty runs of 2,400 in a tenth of the time."""
    db.table("rcbench_answers").create_index(["run_id", "instance_id", "verdict", "cost_nusd", "seconds"])
