# muster
#
#   make demo    set up, let the demo company's work arrive and be done, print what came of it
#   make test    set up, run the whole test suite
#   make up      set up, run every service until Ctrl-C
#   make conformance  hold the gateway against the MCP project's conformance harness, both eras
#   make chaos   kill processes while the demo company's work is done: KILLS=1000 SEED=7, go on with RESUME=FOLDER
#
# Needs Python 3.11 or newer and make; set-up fetches locked packages once and needs no network after that.
# Writes to this folder and to MUSTER_HOME (default .muster) only.

SHELL := /bin/sh
.DEFAULT_GOAL := setup
.DELETE_ON_ERROR:

export MUSTER_HOME ?= $(CURDIR)/.muster
export PIP_CACHE_DIR ?= $(MUSTER_HOME)/cache/pip
export UV_CACHE_DIR ?= $(MUSTER_HOME)/cache/uv
# Where other people's programs would else write into the user's home
export PREFECT_HOME ?= $(MUSTER_HOME)/prefect
export JUPYTER_CONFIG_DIR ?= $(MUSTER_HOME)/jupyter/config
export JUPYTER_DATA_DIR ?= $(MUSTER_HOME)/jupyter/data
export JUPYTER_RUNTIME_DIR ?= $(MUSTER_HOME)/jupyter/runtime
export IPYTHONDIR ?= $(MUSTER_HOME)/jupyter/ipython
export XDG_CACHE_HOME ?= $(MUSTER_HOME)/cache/xdg
export DO_NOT_TRACK ?= 1
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

BIN := .venv/bin
LAB := .venv-lab
WHEELS = $(MUSTER_HOME)/cache/wheels
TIME = $(MUSTER_HOME)/tools/time
PIP = "$(BIN)/python" -m pip -q
UV = "$(BIN)/uv" -q pip install --require-hashes --no-build

# A Python of 3.11 or newer that can make virtual environments; name your own with PYTHON=...
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c '$(USABLE)' 2>/dev/null && echo $$name && break; done)

# $(call install,python,lock): first from the cache alone, so that a second set-up works without a network
define install
	@echo "muster: installing $(2)"
	@$(UV) --offline --python "$(1)" -r $(2) 2>/dev/null || $(UV) --python "$(1)" -r $(2)
endef

.PHONY: setup setup-dev setup-up bench-setup collector-setup collector tool-time demo test conformance chaos up lab check lint lock notebooks reference clean help

help:
	@sed -n '/^# /s/^# //p;/^$$/q' Makefile

setup: .venv/run.stamp tool-time

setup-dev: .venv/dev.stamp .venv/conformance.stamp tool-time

# What the benchmarks compare with; nothing else needs it.
bench-setup: .venv-bench/bench.stamp

# A collector of traces with pages, which one test sends to; it is skipped without.
collector-setup: .venv-collector/collector.stamp

# Runs it on http://127.0.0.1:6006; then: muster export otel --endpoint http://127.0.0.1:6006
collector: collector-setup
	@PHOENIX_WORKING_DIR="$(MUSTER_HOME)/phoenix" PHOENIX_HOST=127.0.0.1 PHOENIX_TELEMETRY_ENABLED=false \
		PHOENIX_ALLOW_EXTERNAL_RESOURCES=false .venv-collector/bin/phoenix serve

setup-up: .venv/kernel.stamp $(LAB)/lab.stamp tool-time

demo: setup
	@$(BIN)/muster demo

test: setup-dev
	@mkdir -p "$(MUSTER_HOME)/jupyter/ipython"
	@$(BIN)/python -m pytest

KILLS ?= 100
SEED ?= 7
chaos: setup
	@$(BIN)/python -m tests.chaos $(if $(RESUME),--resume "$(RESUME)",--kills $(KILLS) --seed $(SEED))

# Every check of the harness, direct and through the gateway; the exit code is 1 when one is lost.
conformance: setup-dev
	@$(BIN)/python -m tests.conformance

up: setup setup-up
	@exec $(BIN)/muster up

lab: setup setup-up
	@exec $(BIN)/muster service lab

# Attacks by text on the demo company, carried out by a model that obeys: INJECTION='--domain support --sample 40'
injection: setup-dev
	@$(BIN)/python -m tests.injection $(INJECTION)

# What CI runs.
check: lint test

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict $(wildcard muster tests flows app)
	@$(BIN)/lint-imports

# The locks hold for every platform and every Python from 3.11 on; the bounds are in pyproject.toml.
LOCK = $(BIN)/uv -q pip compile --universal --generate-hashes --no-header --python-version 3.11
lock: .venv/uv.stamp
	@$(LOCK) requirements/uv.in -o requirements/uv.txt
	@$(LOCK) pyproject.toml -o requirements/run.txt
	@$(LOCK) pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt
	@$(LOCK) requirements/kernel.in -c requirements/dev.txt -o requirements/kernel.txt
	@$(LOCK) requirements/lab.in -o requirements/lab.txt
	@$(LOCK) requirements/tool-time.in -o requirements/tool-time.txt
	@$(LOCK) requirements/bench.in -o requirements/bench.txt
	@$(LOCK) requirements/collector.in -o requirements/collector.txt

# Runs every notebook again and keeps its outputs beside its text.
notebooks: setup-dev
	@$(BIN)/python -m notebooks.execute

# The reference pages that are made from the code; tests check that they are current.
reference: setup
	@$(BIN)/muster reference events > docs/reference/events.md
	@$(BIN)/muster reference settings > docs/reference/settings.md
	@$(BIN)/muster team schema > docs/reference/team.schema.json
	@$(BIN)/python -m muster.analysis.reference > docs/reference/kpis.md

# The environments and caches of tools; never MUSTER_HOME, where the data is.
clean:
	rm -rf .venv $(LAB) .venv-bench .venv-collector .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@test -n "$(PYTHON)" || { \
		echo "error: no Python of 3.11 or newer that can make virtual environments was found" >&2; \
		echo "  do: install one (on Debian or Ubuntu: apt install python3 python3-venv)," >&2; \
		echo "      or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c '$(USABLE)' || { \
		echo "error: $(PYTHON) is older than 3.11 or lacks the venv module" >&2; \
		echo "  do: name another one: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "muster: making .venv with $(PYTHON)"
	@"$(PYTHON)" -m venv .venv

.venv/uv.stamp: requirements/uv.txt | .venv/bin/python
	@mkdir -p "$(WHEELS)"
	@$(PIP) install --no-index --find-links "$(WHEELS)" --require-hashes -r $< 2>/dev/null || { \
		$(PIP) download --require-hashes --no-deps -d "$(WHEELS)" -r $< && \
		$(PIP) install --no-index --find-links "$(WHEELS)" --require-hashes -r $<; }
	@touch $@

.venv/run.stamp: requirements/run.txt .venv/uv.stamp
	$(call install,$(BIN)/python,$<)
	@$(BIN)/python -c 'import os, sysconfig, pathlib; \
		pathlib.Path(sysconfig.get_path("purelib"), "muster.pth").write_text(os.getcwd() + "\n")'
	@printf '#!/bin/sh\nexec "%s/.venv/bin/python" -c "import sys; sys.argv[0] = '"'muster'"'; from muster.cli import main; main()" "$$@"\n' \
		"$(CURDIR)" > $(BIN)/muster
	@chmod +x $(BIN)/muster
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	$(call install,$(BIN)/python,$<)
	@touch $@

# The MCP project's conformance harness, by its lock, under MUSTER_HOME; what needs it is skipped without.
.venv/conformance.stamp: tests/conformance/package-lock.json .venv/dev.stamp
	@$(BIN)/python -m tests.conformance --install || echo "muster: no conformance harness: its test is skipped"
	@touch $@

# Notebooks run in muster's own environment, JupyterLab in another: beside Prefect it doubles Prefect's start.
.venv/kernel.stamp: requirements/kernel.txt .venv/run.stamp
	$(call install,$(BIN)/python,$<)
	@touch $@

$(LAB)/lab.stamp: requirements/lab.txt .venv/uv.stamp
	@$(BIN)/python -m venv --without-pip $(LAB)
	$(call install,$(LAB)/bin/python,$<)
	@mkdir -p $(LAB)/share/jupyter/kernels/python3
	@printf '{"argv": ["%s", "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "muster", "language": "python"}\n' \
		"$(CURDIR)/$(BIN)/python" > $(LAB)/share/jupyter/kernels/python3/kernel.json
	@touch $@

# Other people's queues and frameworks pull in versions of their own: they are not installed beside muster.
.venv-bench/bench.stamp: requirements/bench.txt .venv/uv.stamp
	@$(BIN)/python -m venv --without-pip .venv-bench
	$(call install,.venv-bench/bin/python,$<)
	@touch $@

# Phoenix brings 600 MB of its own and is needed by nothing that runs.
.venv-collector/collector.stamp: requirements/collector.txt .venv/uv.stamp
	@$(BIN)/python -m venv --without-pip .venv-collector
	$(call install,.venv-collector/bin/python,$<)
	@touch $@

# The official MCP time server, in an environment of its own, as its registry package gives it.
tool-time: .venv/uv.stamp
	@test -f "$(TIME)/time.stamp" && test ! requirements/tool-time.txt -nt "$(TIME)/time.stamp" || { \
		echo "muster: installing requirements/tool-time.txt" && \
		$(BIN)/python -m venv --without-pip "$(TIME)" && \
		{ $(UV) --offline --python "$(TIME)/bin/python" -r requirements/tool-time.txt 2>/dev/null || \
		  $(UV) --python "$(TIME)/bin/python" -r requirements/tool-time.txt; } && \
		touch "$(TIME)/time.stamp"; }
