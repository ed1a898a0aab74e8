# Every target does its own set-up: Python >= 3.11, make and the package index are enough.
PYTHON ?= python3
# The lower bounds of pyproject.toml have wheels for Python 3.11 and 3.12.
OLDEST_PYTHON ?= $(PYTHON)
# Two workers: the tests are meant for machines of two cores.
PYTEST_FLAGS ?= -n 2

VENV = .venv
OLDEST = .venv-oldest
TRUTH = .venv-truth
ECOSYSTEM = .venv-ecosystem
READY = $(VENV)/ready
OLDEST_READY = $(OLDEST)/ready
TRUTH_READY = $(TRUTH)/ready
ECOSYSTEM_READY = $(ECOSYSTEM)/ready

# One BLAS thread a process: tests run side by side.
export OMP_NUM_THREADS = 1
export OPENBLAS_NUM_THREADS = 1
export MKL_NUM_THREADS = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

PYTEST = $(VENV)/bin/python -m pytest $(PYTEST_FLAGS)

.PHONY: help
help:  ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

# --- environments: made once, kept up to date with pyproject.toml -------------------------------

# `pip install --group` came with pip 25.1.
$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(VENV)/bin/python -m pip install --quiet --upgrade --group dev --editable ".[plot,progress,distributed]"
	touch $@

$(OLDEST_READY): pyproject.toml .ci/lower_bounds.py
	rm -rf $(OLDEST)
	$(OLDEST_PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(OLDEST)/bin/python .ci/lower_bounds.py pyproject.toml > $(OLDEST)/constraints.txt
	$(OLDEST)/bin/python -m pip install --quiet --constraint $(OLDEST)/constraints.txt \
		--group test --editable .
	touch $@

$(TRUTH_READY): pyproject.toml
	$(PYTHON) -m venv $(TRUTH)
	$(TRUTH)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(TRUTH)/bin/python -m pip install --quiet --upgrade --group truth --editable .
	touch $@

$(ECOSYSTEM_READY): pyproject.toml
	$(PYTHON) -m venv $(ECOSYSTEM)
	$(ECOSYSTEM)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(ECOSYSTEM)/bin/python -m pip install --quiet --upgrade --group ecosystem --editable .
	touch $@

# --- the main job -------------------------------------------------------------------------------

.PHONY: demo
demo: $(READY)  ## Tune a network on the digits by hand, by grid, at random, with BayesSearchCV
	$(VENV)/bin/python -m sknn_tune demo

# --- tests --------------------------------------------------------------------------------------

.PHONY: test test-fast test-wheel test-all test-slow test-oldest test-bounds test-coverage test-truth \
	test-ecosystem
test: test-fast test-wheel  ## Run the fast tests; build the distributions and use the wheel

test-fast: $(READY)  ## Run the fast tests, with the examples of the docstrings
	$(PYTEST) -m "not slow"

test-wheel: $(READY)  ## Build sdist and wheel, check their contents, use the installed wheel
	$(VENV)/bin/python .ci/check_distributions.py

test-all: check docs test test-slow test-oldest test-bounds test-coverage  ## Run every tier but test-truth, test-ecosystem

test-slow: $(READY)  ## Run the tests marked slow
	$(PYTEST) -m slow

test-oldest: $(OLDEST_READY)  ## Run the fast tests on the oldest supported dependencies
	$(OLDEST)/bin/python -m pytest $(PYTEST_FLAGS) -m "not slow" tests

test-bounds: $(READY)  ## Run the fast tests with every index of compiled code checked
	NUMBA_BOUNDSCHECK=1 $(PYTEST) -m "not slow"

# numba reports the lines of kernels as it compiles them, so nothing may come from a cache.
test-coverage: $(READY)  ## Measure which lines the tests run, in Python and in kernels
	cache=$$(mktemp -d) && trap 'rm -rf "$$cache"' EXIT && \
	NUMBA_JIT_COVERAGE=1 NUMBA_CACHE_DIR="$$cache" $(PYTEST) -m "not slow" \
		--cov=sknn_tune --cov-report=term-missing:skip-covered

test-truth: $(TRUTH_READY)  ## Compare training steps with PyTorch (a large download)
	$(TRUTH)/bin/python -m pytest $(PYTEST_FLAGS) tests/test_torch.py

test-ecosystem: $(ECOSYSTEM_READY)  ## Give searches to Optuna and MLflow (a large download)
	$(ECOSYSTEM)/bin/python -m pytest $(PYTEST_FLAGS) tests/test_optuna.py tests/test_mlflow.py

# --- quality ------------------------------------------------------------------------------------

.PHONY: check format hooks
check: $(READY)  ## Check format, lint, types, spelling and plain English
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/codespell
	$(VENV)/bin/python .ci/check_english.py

hooks: $(READY)  ## Run the same checks before each commit
	$(VENV)/bin/pre-commit install

format: $(READY)  ## Rewrite the sources in the common format
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

# --- documentation and benchmarks ---------------------------------------------------------------

.PHONY: docs bench
docs: $(READY)  ## Build the documentation; a warning is an error
	$(VENV)/bin/sphinx-build -W --keep-going -b html docs docs/_build/html

bench: $(READY)  ## Print the speed beside scikit-learn and, where installed, PyTorch
	for script in speed cold_start grid_search pipelines; do \
		$(VENV)/bin/python tests/benchmarks/$$script.py || exit 1; \
	done

# --- housekeeping -------------------------------------------------------------------------------

.PHONY: clean
clean:  ## Remove environments and everything built
	rm -rf $(VENV) $(OLDEST) $(TRUTH) $(ECOSYSTEM) build dist docs/_build docs/api/generated
	rm -rf docs/gallery docs/lessons
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
