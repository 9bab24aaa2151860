# make run    set up a virtual environment, build, and play the demo
# make test   set up and run every test
# make generate   write anew what is generated: records, services, reference pages, the demo
# make lint   formats, lints and types of Rust and Python, and generated files

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
RUST   := Cargo.toml Cargo.lock $(shell find crates -name '*.rs' -o -name Cargo.toml)

.PHONY: run test generate lint develop clean

run: $(VENV)/installed
	$(BIN)/wirewatch demo

# The random cases of property tests are the same in every run, so that a run says something of the change at
# hand; `PROPTEST_RNG_SEED=` (empty) and PROPTEST_CASES look for others.
test: export PROPTEST_RNG_SEED ?= 20210704
test: $(VENV)/developed
	cargo test --workspace --quiet
	$(BIN)/pytest -q

generate: $(VENV)/developed
	$(BIN)/python tools/gen_schema.py
	$(BIN)/python tools/gen_services.py
	$(BIN)/python tools/gen_reference.py
	$(BIN)/python tools/make_demo.py

lint: $(VENV)/developed
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tools/gen_schema.py --check
	$(BIN)/python tools/gen_services.py --check
	$(BIN)/python tools/gen_reference.py --check
	$(BIN)/python tools/make_demo.py --check

develop: $(VENV)/developed

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml $(RUST)
	$(BIN)/python -m pip install --quiet .
	touch $@

# The package in place of a copy: Python files are used where they are, the native module is built.
$(VENV)/developed: $(VENV)/bin/python pyproject.toml tests/requirements.txt $(RUST)
	$(BIN)/python -m pip install --quiet -r tests/requirements.txt
	$(BIN)/python -m pip install --quiet --editable .
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) target fuzz/target
