# Two commands: make demo, make test. Each does all the set-up on a machine with Python 3.11+; a second call installs
# nothing. PYTHON=python3.12 chooses another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test test-slow lint docs format setup clean

demo: $(INSTALLED)
	$(BIN)/harness demo

# Neighbours stay together, so that what a module's tests share is mostly made once. Bytecode is kept even where the
# environment says otherwise: tests start hundreds of programs, and each would compile the package again.
test: $(INSTALLED)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n auto --dist worksteal -m 'not slow'

# Those that take longest: they kill runs, wait for servers, start clusters, simulate many
# studies, and run the examples of the pages.
test-slow: $(INSTALLED)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n auto --dist worksteal -m slow

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs/datasets.md: $(wildcard datasets/*/card.yaml) harness/cards/datasets_page.py $(INSTALLED)
	$(BIN)/python -m harness.cards.datasets_page > $@

docs: $(INSTALLED)
	$(BIN)/mkdocs build

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

setup: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(INSTALLED)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build dist site
