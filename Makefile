# Every target works on a fresh machine with Python 3.11 and make; `.venv` is made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check app clean help

help: ## say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[all,dev]'
	@touch $@

demo: $(STAMP) ## analyse a sample portfolio and write a report
	@$(BIN)/banimpact demo

test: $(STAMP) ## run the test suite
	@$(BIN)/python -m pytest -q -n 2 -m 'not slow'

test-slow: $(STAMP) ## run the slow tests as well
	@$(BIN)/python -m pytest -q -n 2 -m slow

check: $(STAMP) ## lint, types, architecture, and the bundled law data
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py
	@$(BIN)/banimpact check

app: $(STAMP) ## open the dashboard on 127.0.0.1
	@$(BIN)/banimpact app

clean: ## remove the environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis out
