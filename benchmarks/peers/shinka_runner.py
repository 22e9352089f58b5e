"""Runs ShinkaEvolve, with the Python it is installed in: ``shinka_runner.py TASK URL GENERATIONS RESULTS``."""

import sys
from pathlib import Path

from shinka.core import EvolutionConfig, ShinkaEvolveRunner
from shinka.database import DatabaseConfig
from shinka.launch import LocalJobConfig

if __name__ == "__main__":
    task, url, generations, results = sys.argv[1:]
    ShinkaEvolveRunner(
        evo_config=EvolutionConfig(
            num_generations=int(generations),
            llm_models=[f"local/mock@{url}"],
            patch_types=["full"],
            patch_type_probs=[1.0],
            embedding_model=None,  # novelty by embeddings is another call a candidate: without it
            meta_rec_interval=None,
            init_program_path=str(Path(task) / "initial.py"),
            results_dir=results,
        ),
        job_config=LocalJobConfig(eval_program_path=str(Path(task) / "evaluate.py"), time="00:01:00"),
        db_config=DatabaseConfig(db_path=str(Path(results) / "programs.sqlite")),
        max_evaluation_jobs=2,
        max_proposal_jobs=2,
    ).run()
