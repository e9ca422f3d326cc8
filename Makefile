# Everything a contributor types. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; exit; }; done; echo python3)
PACKAGES := inbox knowledge_base routing sla web
export PYTHONUTF8 := 1

.PHONY: help
help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 28

.PHONY: run
run: $(VENV)/.installed-run ## Start everything; PORT and MINHU_HOME choose port and data folder
	@exec $(BIN)/minhu up

.PHONY: setup
setup: $(VENV)/.installed-dev ## Make .venv with everything, so that .venv/bin/minhu works

.PHONY: test
test: setup system-packages lint ## Run every check and every test
	@MINHU_TEST_EVERYTHING=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# One more than there are processors: a third of the time a test waits for a server, a browser or another process.
WORKERS = $$(($$(getconf _NPROCESSORS_ONLN) + 1))

.PHONY: lint
lint: setup ## Run every check except the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --quiet --lint web/templates
	$(BIN)/python -m web.catalogues check

.PHONY: system-packages
system-packages:
	@sh tests/system-packages.sh

.PHONY: bench
bench: $(VENV)/.installed-bench ## Measure speed, each figure beside its peer
	@$(BIN)/python -m tests.bench

.PHONY: shots
shots: setup system-packages ## Take screenshots of every page into shots/
	@$(BIN)/python -m tests.browser.shots

.PHONY: fmt
fmt: setup ## Format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: translations
translations: setup ## Bring the translation files up to date with the sources
	$(BIN)/python -m web.catalogues update

.PHONY: migration-initial
migration-initial: setup ## Write the first migration anew from the models (until the first release)
	$(BIN)/python -m web.migrations.renew_initial

.PHONY: lock
lock: setup ## Pin the newest versions of what pyproject.toml asks for, with hashes
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra semantic $(LOCK_OPTIONS) -o requirements-dev.txt
	$(BIN)/uv pip compile pyproject.toml --extra bench -c requirements-dev.txt $(LOCK_OPTIONS) -o requirements-bench.txt
	printf 'setuptools\n' | $(BIN)/uv pip compile pyproject.toml - -c requirements-dev.txt $(LOCK_OPTIONS) \
		-o requirements.txt
LOCK_OPTIONS := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate

.PHONY: clean
clean: ## Remove .venv and everything made from the sources; the data in var/ stays
	rm -rf $(VENV) build dist shots *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.installed-run: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing packages into $(VENV); this happens once …"
	@$(PIP) install -qq --no-compile --require-hashes -r requirements.txt
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing packages into $(VENV); this happens once …"
	@$(PIP) install -qq --require-hashes -r requirements-dev.txt
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.installed-run

$(VENV)/.installed-bench: requirements-bench.txt $(VENV)/.installed-dev
	@echo "Installing the peers that are measured beside ours …"
	@$(PIP) install -qq --require-hashes -r requirements-bench.txt
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		case "$${LC_ALL:-$${LC_MESSAGES:-$$LANG}}" in \
		zh*) echo "民呼需要 Python 3.11 或更新版本，这里的是 $$($(PYTHON) -V 2>&1)。请安装后重试，或用 PYTHON=路径 指定。";; \
		*) echo "Minhu needs Python 3.11 or newer; this is $$($(PYTHON) -V 2>&1). Install it, or name it: make PYTHON=/path/to/python3.11";; \
		esac >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python cannot make a virtual environment here; on Debian: apt-get install python3-venv" >&2; exit 1; }
