# Every target does its own set-up, in .venv; `make help` lists them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/.installed
TORCH := $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml | head -n 1)
TOGETHER := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
SOURCES := boards calibration convert edge eedge firmware firmware_host training tests

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-firmware e2e lint clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(STAMP)  ## install everything into .venv

# torch goes first and alone: what depends on it would otherwise choose its build.
$(STAMP): pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet --editable '.[convert,train,report,bench,fleet,micro,dev]'
	touch $@

demo: $(STAMP)  ## convert and calibrate the shipped encoder, and recognise the shipped speech
	$(BIN)/python -m eedge demo

test: $(STAMP)  ## run all tests, the slow ones last
	$(BIN)/python -m pytest $(TOGETHER)

test-fast: $(STAMP)  ## run all tests but the slow ones
	$(BIN)/python -m pytest $(TOGETHER) -m 'not slow'

e2e: $(STAMP)  ## flash, run and govern devices behind a real sshd, adbd and serial port
	$(BIN)/python -m pytest tests/e2e -rs

test-firmware: $(STAMP)  ## build the device's C and hold it against the Python
	EEDGE_UTTERANCES=1000 EEDGE_BOOTS=100 EEDGE_BUNDLE=$(wildcard build/small.eedge) \
		$(BIN)/python -m pytest $(TOGETHER) tests/firmware

lint: $(STAMP)  ## check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(wildcard $(SOURCES))

clean:  ## remove what was built, .venv included
	rm -rf .venv build *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find $(wildcard $(SOURCES)) -name __pycache__ -prune -exec rm -rf {} +
