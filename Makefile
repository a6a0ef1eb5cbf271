# `make run` starts the product, `make test` runs its tests; both set themselves up first.
.DEFAULT_GOAL := help
.PHONY: help install install-dev run test check lock browser drill bench clean reset

VENV ?= .venv
BIN := $(VENV)/bin
UV := 0.13.9
WORKERS ?= 2
ONLY ?=
ARGS ?=
LOCAL = exec $(BIN)/python -m exportctl.local
# For checks that need no server: an address where nothing answers, so that none is asked by accident.
NOWHERE = DATABASE_URL=postgres://nobody@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0
COMPILE = $(BIN)/python -m uv pip compile --quiet --no-header --universal --python-version 3.11 \
	--generate-hashes --only-binary :all: pyproject.toml

help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; \
		do printf '  make %-12s %s\n' "$$name" "$$text"; done

# PYTHON=... names another interpreter; otherwise the first one that is new enough.
$(VENV)/.stamp-venv:
	@python="$(PYTHON)"; \
	if [ -z "$$python" ]; then for each in python3 python3.13 python3.12 python3.11; do \
		if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$each"; break; fi; \
	done; fi; \
	if [ -z "$$python" ]; then echo "exportctl needs Python 3.11 or newer; none was found in PATH." >&2; exit 1; fi; \
	echo "Virtual environment: making $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv $(VENV) || { echo "No virtual environment could be made (on Debian: apt-get install python3-venv)." >&2; exit 1; }
	@touch $@

# uv first (seconds; byte code once for all programs), with the certificates of the system, then with its own; pip where uv cannot be had.
define packages
@echo "Packages: installing $(1), checked against its hashes (the first time may take a minute)"
@uv() { $(BIN)/python -m uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --only-binary :all: \
	-r $(1) "$$@"; }; \
	{ $(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV)" && \
	{ uv --system-certs 2>/dev/null || uv; }; } || \
	{ echo "Packages: uv cannot be had here, pip goes on in its place"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $(1); }
@touch $@
endef

$(VENV)/.stamp-runtime: requirements.lock | $(VENV)/.stamp-venv
	$(call packages,requirements.lock)

$(VENV)/.stamp-dev: requirements-dev.lock | $(VENV)/.stamp-venv
	$(call packages,requirements-dev.lock)
	@touch $(VENV)/.stamp-runtime

install: $(VENV)/.stamp-runtime ## the virtual environment alone

install-dev: $(VENV)/.stamp-dev ## the same with the tools for tests and checks

run: install ## start everything (PORT=8000; HOST, DATABASE_URL, REDIS_URL where wanted)
	@$(LOCAL) serve

test: install-dev ## the whole test suite on a PostgreSQL and a Redis of its own (ARGS="-k name")
	@$(LOCAL) run -- python -m pytest -n $(WORKERS) $(ARGS)

check: install-dev ## style, types, import rules, migrations, API schema
	@echo "check: ruff" && $(BIN)/python -m ruff check . && $(BIN)/python -m ruff format --check .
	@echo "check: mypy" && $(NOWHERE) $(BIN)/python -m mypy
	@echo "check: who imports what" && $(BIN)/lint-imports
	@echo "check: migrations" && \
		$(NOWHERE) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@echo "check: API schema" && \
		$(NOWHERE) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	@echo "check: all good"

lock: install-dev ## write both lock files anew from pyproject.toml
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group dev -o requirements-dev.lock

browser: ## Chromium for the browser tests, where none is found
	@for each in "$$CHROMIUM" chromium chromium-browser google-chrome; do \
		if [ -n "$$each" ] && command -v "$$each" >/dev/null; then echo "Browser: $$(command -v "$$each")"; exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Browser: installing chromium" && export DEBIAN_FRONTEND=noninteractive && \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null && command -v chromium; \
	else \
		echo "Browser: none found. Install Chromium (on Debian: sudo apt-get install chromium)" >&2; \
		echo "or name one: CHROMIUM=/path/to/chromium make test" >&2; exit 1; \
	fi

drill: install-dev ## reliability tests, one line each (ONLY="T11 T24")
	@$(LOCAL) run -- python -m tests.drill $(ONLY)

bench: install-dev ## our figures beside those of others (ONLY="B1")
	@$(LOCAL) run -- python -m tests.bench $(ONLY)

clean: ## remove the virtual environment and caches; the local data stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

reset: install ## delete the local data (database, files, logs)
	@$(LOCAL) reset
