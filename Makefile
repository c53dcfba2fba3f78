# Everything a person does with this checkout. `make help` lists it.
# FRESH=1 begins `up` with no data; DETACH=1 returns when all is ready.

SHELL := /bin/sh
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
OPTIONS := $(if $(filter-out 0,$(FRESH)),--fresh) $(if $(filter-out 0,$(DETACH)),--detach)

.PHONY: help install up down test check bench schemas lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

install: $(STAMP) ## check the machine, make .venv from the lock

up: $(STAMP) ## start everything, load the scenario, print the report; FRESH=1, DETACH=1
	@$(BIN)/payung up $(OPTIONS)

down: $(STAMP) ## stop everything, keep the data
	@$(BIN)/payung down

test: $(STAMP) ## run all tests against a PostgreSQL and a Kafka of their own
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: $(STAMP) ## format, lint, types, imports, schemas
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m payung_contracts.schemas --check

bench: $(STAMP) ## measure
	$(BIN)/python -m tests.bench

schemas: $(STAMP) ## write the JSON Schemas of the contracts anew
	$(BIN)/python -m payung_contracts.schemas

lock: $(STAMP) ## resolve the dependencies anew
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-package payung-contracts --group dev pyproject.toml contracts/pyproject.toml -o requirements.lock

clean: ## stop everything and remove what was made here
	@if [ -x $(BIN)/payung ]; then $(BIN)/payung down --remove; fi
	rm -rf .venv .payung build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements.lock pyproject.toml contracts/pyproject.toml
	@deploy/local/require.sh $(PYTHON)
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e contracts -e .
	@touch $@
