# Every target works on a fresh machine with Python 3.11 and make; `.venv` is made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH := .venv-bench

.PHONY: demo test test-slow e2e check app docs bench clean help

help: ## say what each target does
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[all,dev]'
	@touch $@

demo: $(STAMP) ## analyse a sample portfolio and write a report
	@$(BIN)/banimpact demo

test: $(STAMP) ## run the test suite
	@$(BIN)/python -m pytest -q -n 2 -m 'not slow and not e2e'

test-slow: $(STAMP) ## run the slow tests: the wheel in an empty environment
	@$(BIN)/python -m pytest -q -m 'slow and not e2e'

e2e: $(STAMP) ## run the browser tests; installs Chromium (Debian) and Playwright
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[all,dev,e2e]'
	@$(BIN)/python -m pytest -q -m e2e

check: $(STAMP) ## lint, types, architecture, and the bundled law data
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py
	@$(BIN)/banimpact check --format table

app: $(STAMP) ## open the dashboard on 127.0.0.1
	@$(BIN)/banimpact app

docs: $(STAMP) ## run every command of the documentation and write down what it prints
	@$(BIN)/python docs/refresh.py

# An environment of its own: peers bring in much that the product does without, and one of them
# needs the ICU library and a compiler. Where they do not install, their figures are absent.
$(BENCH)/.installed: pyproject.toml
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[all,bench]' || \
		$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[all]'
	@touch $@

bench: $(BENCH)/.installed ## print one JSON line per benchmark, beside the peers that install
	@for name in rows parquet law names screen liquidation scenarios reports; do \
		$(BENCH)/bin/python bench/$$name.py; done

clean: ## remove the environment and every cache
	rm -rf $(VENV) $(BENCH) .mypy_cache .ruff_cache .pytest_cache .hypothesis out
