"""What the archive holds a second time, so that it need not be counted or searched for: SQL of the tables and triggers.

Migrations (:mod:`evolve.archive.schema`) make them; a file that has them keeps them as they were made.
"""

from __future__ import annotations

TOTALS = """
CREATE TRIGGER campaign_has_totals AFTER INSERT ON campaigns BEGIN
    INSERT INTO campaign_totals (campaign_id, proposals, evaluations, cost_nusd) VALUES (NEW.id, 0, 0, 0);
END;
CREATE TRIGGER proposal_is_counted AFTER INSERT ON proposals BEGIN
    UPDATE campaign_totals SET proposals = proposals + (NEW.ordinal > 0),
        evaluations = evaluations + coalesce(NEW.evaluations, 0) WHERE campaign_id = NEW.campaign_id;
END;
CREATE TRIGGER evaluations_are_counted AFTER UPDATE OF evaluations ON proposals
WHEN NEW.evaluations IS NOT OLD.evaluations BEGIN
    UPDATE campaign_totals SET evaluations = evaluations + coalesce(NEW.evaluations, 0) - coalesce(OLD.evaluations, 0)
        WHERE campaign_id = NEW.campaign_id;
END;
CREATE TRIGGER call_is_charged AFTER INSERT ON llm_calls WHEN NEW.cost_nusd IS NOT NULL BEGIN
    UPDATE campaign_totals SET cost_nusd = cost_nusd + NEW.cost_nusd WHERE campaign_id = NEW.campaign_id;
END;
CREATE TRIGGER charge_is_changed AFTER UPDATE OF cost_nusd ON llm_calls WHEN NEW.cost_nusd IS NOT OLD.cost_nusd BEGIN
    UPDATE campaign_totals SET cost_nusd = cost_nusd + coalesce(NEW.cost_nusd, 0) - coalesce(OLD.cost_nusd, 0)
        WHERE campaign_id = NEW.campaign_id;
END;
"""
"""Whoever writes, the totals of a campaign are right in the same transaction."""

CATALOG = """
CREATE TABLE catalog (
    number INTEGER PRIMARY KEY,
    proposal_id TEXT NOT NULL REFERENCES proposals (id),
    campaign_id TEXT NOT NULL REFERENCES campaigns (id),
    problem TEXT, entry_point TEXT, proposer TEXT, operator TEXT, model TEXT,
    verdict TEXT, generation INTEGER, score REAL, cpu_seconds REAL, cost_nusd INTEGER, ended_at REAL
);
CREATE UNIQUE INDEX catalog_of_proposal ON catalog (proposal_id);
CREATE INDEX catalog_of_problem ON catalog (problem);
CREATE INDEX catalog_of_campaign ON catalog (campaign_id);
CREATE INDEX catalog_of_verdict ON catalog (verdict);
CREATE INDEX catalog_of_model ON catalog (model) WHERE model IS NOT NULL;
CREATE INDEX catalog_of_campaign_verdict ON catalog (campaign_id, verdict);
CREATE INDEX catalog_of_campaign_operator ON catalog (campaign_id, operator);
CREATE INDEX catalog_of_campaign_generation ON catalog (campaign_id, generation);
CREATE INDEX catalog_by_score_of_problem ON catalog (problem, score) WHERE score IS NOT NULL;
CREATE INDEX catalog_by_score_of_campaign ON catalog (campaign_id, score) WHERE score IS NOT NULL;
CREATE INDEX catalog_by_cost ON catalog (cost_nusd) WHERE cost_nusd > 0;
CREATE INDEX catalog_by_cost_of_campaign ON catalog (campaign_id, cost_nusd) WHERE cost_nusd > 0;
CREATE INDEX catalog_by_seconds_of_campaign ON catalog (campaign_id, cpu_seconds) WHERE cpu_seconds IS NOT NULL;
CREATE VIRTUAL TABLE catalog_text USING fts5(
    source, remark, content = '', tokenize = "unicode61 tokenchars '_'"
);
CREATE TABLE catalog_tallies (
    campaign_id TEXT NOT NULL, width INTEGER NOT NULL, block INTEGER NOT NULL, verdict TEXT NOT NULL,
    proposals INTEGER NOT NULL, evaluations INTEGER NOT NULL, cpu_seconds REAL NOT NULL, cost_nusd INTEGER NOT NULL,
    lowest REAL, highest REAL, ended_at REAL NOT NULL,
    PRIMARY KEY (campaign_id, width, block, verdict)
) WITHOUT ROWID;
CREATE TABLE catalog_arms (
    campaign_id TEXT NOT NULL, island INTEGER NOT NULL, operator TEXT NOT NULL, model TEXT NOT NULL,
    proposals INTEGER NOT NULL, ok INTEGER NOT NULL, admitted INTEGER NOT NULL, lowered INTEGER NOT NULL,
    raised INTEGER NOT NULL, cpu_seconds REAL NOT NULL, cost_nusd INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, island, operator, model)
) WITHOUT ROWID;
CREATE TABLE catalog_progress (event INTEGER NOT NULL);
INSERT INTO catalog_progress VALUES (0);
"""
"""What is browsed (:mod:`evolve.archive.catalog`). Each index ends with ``number``, which puts equal rows in order."""

INSIGHTS = """
CREATE VIRTUAL TABLE insights USING fts5(
    answer, problem, campaign_id, call_id UNINDEXED, tokenize = "unicode61 tokenchars '_'"
);
CREATE TRIGGER insight_is_found AFTER INSERT ON llm_calls
WHEN NEW.state = 'answered' AND NEW.proposal_id GLOB NEW.campaign_id || '-insights-*' BEGIN
    INSERT INTO insights (answer, problem, campaign_id, call_id)
        SELECT NEW.answer, problem, id, NEW.proposal_id FROM campaigns WHERE id = NEW.campaign_id;
END;
CREATE TRIGGER insight_is_answered AFTER UPDATE OF state ON llm_calls
WHEN NEW.state = 'answered' AND OLD.state != 'answered' AND NEW.proposal_id GLOB NEW.campaign_id || '-insights-*' BEGIN
    INSERT INTO insights (answer, problem, campaign_id, call_id)
        SELECT NEW.answer, problem, id, NEW.proposal_id FROM campaigns WHERE id = NEW.campaign_id;
END;
"""
"""The full text of what models summed up (:mod:`evolve.archive.insights`), in the order in which it was answered.

Campaign and problem are words of it, too, so that those of one campaign are looked up and not gone through.
"""
