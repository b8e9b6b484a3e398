# make demo   a venv, the embedded engines, and one story rendered into videos/
# make test   the same venv with everything, then every lint and every test
# make lint   only ruff, mypy and the import rules
# make bench  how long a story takes: cold, warm and from the cache
# make gpu-check  what only a GPU can show: its tests, NVENC's, and our speed against plain diffusers
# make clean  remove the venv and what tools leave behind; videos/ stays
#
# Needs Python 3.11 to 3.13 with its venv module, and about 1.2 GB (demo) or 8 GB (test) of disk.
# Another interpreter: make demo PYTHON=python3.12

SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
STORY ?= examples/lost_artifact.json
OUT ?= videos

# An install is good for as long as pyproject.toml reads the same; a touched file changes nothing.
KEY := $(shell cksum < pyproject.toml | cut -d' ' -f1)
LOCAL_STAMP := $(VENV)/.installed-local-$(KEY)
TEST_STAMP := $(VENV)/.installed-test-$(KEY)

PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

.PHONY: demo test lint bench gpu-check clean
.DEFAULT_GOAL := help

.PHONY: help
help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

demo: $(LOCAL_STAMP)
	$(BIN)/raypipe render $(STORY) --out $(OUT)

test: lint
	@sh .ci/redis-server
	$(BIN)/python -m pytest

lint: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(LOCAL_STAMP)
	$(BIN)/python benchmarks/render_story.py $(STORY)
	$(BIN)/python benchmarks/render_stage.py $(STORY)

gpu-check: $(TEST_STAMP)
	nvidia-smi
	$(BIN)/raypipe doctor
	RAYPIPE_REQUIRE_GPU=1 $(BIN)/python -m pytest -m gpu -rs tests/raypipe/models
	$(BIN)/python -m pytest -rs tests/raypipe/encode/test_nvenc.py
	$(BIN)/python benchmarks/diffusers_engine.py --batches 1 4 --json gpu-check.json

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What is installed for the tests includes all that the demo needs.
$(LOCAL_STAMP): | $(BIN)/python
	@test -e $(TEST_STAMP) || { \
	  echo "Installing raypipe with its embedded engines: some 420 MB to download the first time."; \
	  $(PIP) install --quiet --editable '.[local]'; }
	@touch $@

$(TEST_STAMP): | $(BIN)/python
	@echo "Installing everything that the tests need: some 3.5 GB to download the first time."
	$(PIP) install --quiet --editable '.[test]'
	@touch $@

$(BIN)/python:
	@python=$$(sh .ci/find-python $(PYTHON)) && echo "Making $(VENV) with $$python." && \
	  "$$python" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
