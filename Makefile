# `make demo` and `make test` set up all they need: Python 3.10 or newer and a package registry is enough.

PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3.10 python3; do $$p -m venv --help >/dev/null 2>&1 && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
REFERENCE := .venv-reference
READY := $(VENV)/.ready
PACKAGE := custom_layers_js/node_modules/.package-lock.json
# The bundled Node serves where the system has none that is new enough.
NPM = $(BIN)/python -m tests.npm

.PHONY: demo demo-idealo test test-all nightly lint bench golden notebooks train clean

demo: $(READY)
	$(BIN)/python examples/demo.py

demo-idealo: $(READY)
	$(BIN)/python examples/demo.py --idealo

test: lint $(PACKAGE)
	$(NPM) test --prefix custom_layers_js
	$(BIN)/python -m pytest

# Every model of the corpus and every architecture of keras.applications: about an hour.
test-all: lint $(PACKAGE)
	$(NPM) test --prefix custom_layers_js
	$(BIN)/python -m pytest --all-models

# What a machine runs by itself at night.
nightly: test-all
	$(BIN)/python -m tests.corpus --large --json corpus.json

lint: $(READY) $(PACKAGE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(NPM) run typecheck --prefix custom_layers_js

bench: $(READY) $(REFERENCE)/.ready
	$(BIN)/python benchmarks/run.py --reference $(REFERENCE)

golden: $(READY) $(REFERENCE)/.ready
	$(REFERENCE)/bin/python tests/golden/make.py "$$($(BIN)/python examples/idealo.py)"

notebooks: $(READY)
	$(BIN)/python tests/notebooks/execute.py

train: $(REFERENCE)/.ready
	$(REFERENCE)/bin/pip install --quiet scikit-image scikit-learn pillow
	$(REFERENCE)/bin/python examples/train.py

# tf_keras is Keras 2 beside Keras 3; its dependencies would pull in the full TensorFlow.
$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[verify,dev]'
	$(BIN)/pip install --quiet --no-deps "tf_keras==$$($(BIN)/python -c 'from importlib.metadata import version; print(".".join(version("tensorflow-cpu").split(".")[:2]))').*"
	# The part of the official converter that --format graph runs; all that it asks for takes 2.9 GB.
	$(BIN)/pip install --quiet --no-deps tensorflowjs==4.22.0
	touch $@

$(PACKAGE): $(READY) custom_layers_js/package-lock.json
	$(NPM) ci --prefix custom_layers_js --no-audit --no-fund

$(REFERENCE)/.ready: pyproject.toml
	$(PYTHON) -m venv $(REFERENCE)
	$(REFERENCE)/bin/pip install --quiet '.[graph]'
	touch $@

clean:
	rm -rf $(VENV) $(REFERENCE) custom_layers_js/node_modules
