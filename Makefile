# Two commands do everything: `make demo` and `make test`. Needed: Python >= 3.11 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

# uv is quick; pip knows the machine's own mirrors, proxies and certificates, and is asked when uv gets no answer.
install = $(BIN)/uv pip install --quiet --python $(BIN)/python $(1) 2>$(VENV)/uv.log \
	|| { echo "    (again with pip, which takes a minute)"; $(BIN)/python -m pip install --quiet $(1); }

.PHONY: demo test ci prove lint types lock clean

demo: $(VENV)/.run
	@$(BIN)/custodes demo --port $(PORT)

test: $(VENV)/.dev
	@$(BIN)/python -m tests.tiers test

ci: $(VENV)/.dev
	@$(BIN)/python -m tests.tiers ci

prove: $(VENV)/.dev
	@$(BIN)/python -m tests.tiers prove

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: $(VENV)/.dev
	@$(BIN)/mypy

lock: $(VENV)/.dev
	@$(BIN)/uv pip compile -q pyproject.toml --extra postgres --extra redis --extra otel --extra tsa \
		--universal --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	@$(BIN)/uv pip compile -q pyproject.toml --all-extras --group test --group dev -c requirements.lock \
		--universal --generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock

$(BIN)/uv:
	@echo "==> making the environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit("Custodes needs Python 3.11 or newer.") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.run: $(BIN)/uv requirements.lock
	@echo "==> installing what Custodes runs on (versions and hashes are pinned)"
	@$(call install,--require-hashes -r requirements.lock)
	@$(call install,--no-deps --editable .)
	@touch $@

$(VENV)/.dev: $(BIN)/uv requirements-dev.lock
	@echo "==> installing what the tests need (versions and hashes are pinned)"
	@$(call install,--require-hashes -r requirements-dev.lock)
	@$(call install,--no-deps --editable .)
	@touch $(VENV)/.run $@

clean:
	rm -rf $(VENV) var
