# What a user runs: make summarize, make test. Settings: INPUT, OUTPUT, CONFIG, PYTHON. For developers: lint, evaluate, bench.
PYTHON ?= python3
INPUT  ?= seeds
OUTPUT ?= out
CONFIG ?= configs/default.yaml
VENV   := .venv
PIP    := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: summarize test lint evaluate bench clean

summarize: $(VENV)/.run
	@$(VENV)/bin/polderbrief run "$(INPUT)" --config "$(CONFIG)" --output "$(OUTPUT)"

test: $(VENV)/.dev
	$(VENV)/bin/python -m pytest

lint: $(VENV)/.dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

# The tables of the model cards and of docs/quality.md. The test sets are not part of the project.
TESTSETS ?= ../shared/eval/ntrex128.nl-en.tsv ../shared/eval/dev-pairs.tsv
ARTICLES ?= ../shared/eval/dev-articles.jsonl
evaluate: $(VENV)/.dev
	@for testset in $(TESTSETS); do for beam in 1 4; do for precision in float32 int8; do \
	    $(VENV)/bin/polderbrief evaluate translation --testset "$$testset" --beam $$beam --precision $$precision \
	    || exit; done; done; done
	@$(VENV)/bin/polderbrief evaluate checks --testset $(lastword $(TESTSETS))
	@for source in gold mt; do for what in stance summary; do \
	    $(VENV)/bin/polderbrief evaluate $$what --testset "$(ARTICLES)" --source $$source || exit; done; done

# Speed and memory as ratios; some minutes, on an otherwise idle machine. GROWTH=--growth adds the tables of docs/scale.md.
bench: $(VENV)/.run
	@$(VENV)/bin/python -m benchmarks $(GROWTH)

clean:
	rm -rf $(VENV) out build dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "polderbrief needs Python 3.11 or later: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "$(PYTHON) cannot make $(VENV); on Debian and Ubuntu it may lack the package python3-venv" >&2; exit 1; }

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing polderbrief into $(VENV) (once; about a minute on a fast line)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing the development tools into $(VENV)"
	@$(PIP) -e '.[dev]'
	@$(PIP) -e '.[train]' || echo "eflomal cannot be built here (it takes a C compiler): its tests are left out"
	@touch $@
