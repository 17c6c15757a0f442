# Two commands do everything on a fresh Debian machine: `make run` and `make test`.
SHELL := /bin/bash
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help run test check bench web api lock setup setup-test format screenshots clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: setup ## the program with a demonstration firm, its own PostgreSQL and its own exchange; Ctrl-C stops all of it
	@$(BIN)/svyaz run --demo

test: setup-test check ## all tests, set-up included
	$(BIN)/python -m pytest tests/integration tests/telephony
	@# A process of their own: the browser's driver keeps an event loop running, beside which no other may.
	$(BIN)/python -m pytest tests/e2e

check: setup-test ## the fast part: lint, types, layers, generated client, unit tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	tools/check-generated
	cd web && npm run --silent lint && npm run --silent format:check && npm run --silent types
	$(BIN)/python -m pytest tests/unit -q

bench: setup-test ## the numbers of docs/performance.md, each beside its peer or limit
	$(BIN)/python -m bench

web: setup ## build the pages

api: setup-test ## generate the browser's API client from the server's description
	$(BIN)/svyaz openapi --output web/src/api/openapi.json
	cd web && npm run --silent api

format: setup-test ## put the code into its form
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; cd web && npm run --silent format

screenshots: setup-test ## take the pictures of docs/guide anew
	SVYAZ_SCREENSHOTS=docs/guide/images $(BIN)/python -m pytest tests/e2e/test_guide.py

lock: ## renew the lock files (needs uv)
	uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header pyproject.toml requirements/build.in -o requirements/base.lock
	uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header pyproject.toml requirements/build.in --extra dev -o requirements/dev.lock

setup:
	@tools/setup run

setup-test:
	@tools/setup test

clean: ## remove what was built; the data in var/ stays
	rm -rf .venv web/node_modules web/dist build .mypy_cache .ruff_cache .pytest_cache
