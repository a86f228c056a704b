# Every command sets up what it needs; a second run finds it done.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
BROWSER := $(VENV)/.browser-installed
FRONTEND := $(VENV)/.frontend-installed
unexport PYTHONDONTWRITEBYTECODE # hundreds of processes are started by the tests: none compiles everything anew
PAGES := wxbot/web/console/pages wxbot/web/patient/pages wxbot/simulator/pages

.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-dates check bench chaos desk-day clinic-week pictures lock setup clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(RUNTIME) $(FRONTEND) ## Start a clinic on a simulated WeChat: open the page it prints
	@$(PY) -m wxbot demo

test: $(DEVELOPMENT) $(BROWSER) $(FRONTEND) ## Run the tests, browser and process tests included; some with fewer cases than test-long
	@./.ci/test

test-long: $(DEVELOPMENT) $(BROWSER) $(FRONTEND) ## Run every test at full length: all cases, simulations not shortened; an hour
	@./.ci/test --full-length

test-dates: $(DEVELOPMENT) $(BROWSER) $(FRONTEND) ## Run every test on other days and in other zones: three times the suite
	@./.ci/test-dates

check: $(DEVELOPMENT) ## Lint, layout of code and pages, types, who may import whom, known vulnerabilities of packages
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/djlint --check --quiet $(PAGES)
	@$(VENV)/bin/mypy
	@PYTHONPATH=. $(VENV)/bin/lint-imports --no-cache
	@./.ci/audit

bench: $(DEVELOPMENT) $(FRONTEND) ## Measure speed as ratios within one run
	@$(PY) -m tests.bench

chaos: $(DEVELOPMENT) $(FRONTEND) ## Break what can break under load, by chance: nothing lost, nothing twice, ready again
	@$(PY) -m tests.chaos $(if $(SEED),--seed $(SEED))

desk-day: $(DEVELOPMENT) $(FRONTEND) ## Live a day at the desk: 200 conversations, 20 colleagues, 4 processes that are killed
	@$(PY) -m tests.desk_day $(if $(SIZE),--size $(SIZE)) $(if $(SEED),--seed $(SEED))

clinic-week: $(DEVELOPMENT) ## Live a clinic week: 120 visits, lists and sheet against the event log, how well waits are foretold
	@$(PY) -m tests.clinic_week $(if $(SEED),--seed $(SEED))

pictures: $(DEVELOPMENT) $(BROWSER) $(FRONTEND) ## Take the pictures of the papers from a demo; fails on a page that is wrong
	@$(PY) -m tests.pictures

lock: $(VENV)/bin/python ## Renew the locked dependencies
	@./.ci/lock

setup: $(DEVELOPMENT) $(BROWSER) $(FRONTEND) ## Everything a developer needs

clean: ## Remove what set-up and tests made; data/ stays
	@rm -rf $(VENV) node_modules wxbot/web/console/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements/runtime.txt | $(VENV)/bin/python
	@echo "Installing what the service needs …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(PY) -c "import jionlp" > /dev/null  # unpacks its word lists beside its code, which the service may not write to
	@touch $@

$(DEVELOPMENT): requirements/development.txt $(RUNTIME)
	@echo "Installing what developers need …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.txt
	@touch $@

$(BROWSER): .ci/browser | $(VENV)/bin/python
	@./.ci/browser
	@touch $@

$(FRONTEND): .ci/frontend package-lock.json requirements/frontend.txt $(RUNTIME)
	@./.ci/frontend
	@touch $@
