# Two commands on a fresh machine: `make up` runs the example, `make test` passes the tests.
# Needs Python 3.11 or newer, pip, make and gcc; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKLOAD ?= examples/handbook-assistant
PORT ?= 8080
export WORKLOAD PORT

.PHONY: up demo evals test test-all mutants clients check bench docs lock clean

up: $(VENV)/run.ok
	@$(BIN)/colonnade up

demo: $(VENV)/run.ok
	@$(BIN)/python examples/handbook-assistant/demo.py

evals: $(VENV)/run.ok
	@$(BIN)/python examples/handbook-assistant/demo.py --all

test: $(VENV)/dev.ok
	@$(BIN)/python tests/prepare.py
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "not slow"

mutants: $(VENV)/dev.ok
	@$(BIN)/python tests/prepare.py
	@$(BIN)/pytest -q -n 2 --dist loadfile tests/mutants

test-all: $(VENV)/dev.ok
	@$(BIN)/python tests/prepare.py
	@HYPOTHESIS_PROFILE=explore $(BIN)/pytest -q -n 2 --dist loadfile

clients: $(VENV)/dev.ok
	@$(BIN)/pytest -q tests/clients

check: $(VENV)/dev.ok
	@$(BIN)/ruff format --check --quiet src tests benchmarks examples
	@$(BIN)/ruff check --quiet src tests benchmarks examples
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > .lint-imports.out || (cat .lint-imports.out; exit 1)
	@rm -f .lint-imports.out
	@$(BIN)/colonnade check --workload examples/handbook-assistant
	@$(BIN)/pytest -q tests/house

bench: $(VENV)/run.ok
	@$(BIN)/python benchmarks/run.py

docs: $(VENV)/dev.ok
	@$(BIN)/mkdocs build --strict

lock: $(VENV)/dev.ok
	@$(BIN)/python requirements/lock.py

clean:
	rm -rf $(VENV) .venv-clients tests/clients/node_modules site .mypy_cache .ruff_cache .pytest_cache

# The environment. A half-finished one is simply made again: the .ok file is written last.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	@rm -rf $(VENV)
	@echo "making the environment in $(VENV) (about a minute)"
	@$(PYTHON) -m venv $(VENV)

# An environment that was cut off while it was made may lack pip: it is made again.
define mend
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || (rm -rf $(VENV) && $(PYTHON) -m venv $(VENV))
endef

$(VENV)/run.ok: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(mend)
	@test -e $(VENV)/dev.ok || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.ok: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(mend)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
