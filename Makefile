# Muster: every target makes what it needs. Needs only Python 3.11+, make and gcc.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Flags of `muster demo` for `make run`, e.g. make run DEMO="--speed 600 --seed 1"
DEMO ?= --speed 60
# What pytest runs; make test TESTS=tests/unit/planning narrows it.
TESTS ?= tests
# Two workers: the suite's processes are many and the machine it is made for has two cores. Tests that share something
# dear (the one Ray, a browser, a database server) stay together, see tests/together.py; fast tests come first.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: run test test-cluster check bench screenshot protos dashboard lock clean help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.kernels ## install, start the sample company's day and its dashboard; Ctrl-C ends it
	@trap : INT; $(BIN)/muster demo --stay $(DEMO) || test $$? = 130

test: $(VENV)/.dev $(VENV)/.kernels ## all tests
	@$(PYTEST) $(TESTS)

test-cluster: $(VENV)/.dev $(VENV)/.kernels ## of all tests those on four machines (network namespaces; needs root and iproute2)
	@$(BIN)/python -m pytest -q -s tests/e2e/cluster

check: $(VENV)/.dev ## style, types, import arrows, tidy rules, contract
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/tidy
	@$(BIN)/python protos/generate.py --image build/contract.binpb
	@$(BIN)/buf lint --config protos/buf.yaml build/contract.binpb
	@$(BIN)/python protos/generate.py --check

bench: $(VENV)/.dev $(VENV)/.kernels ## all benchmarks, tables on screen and rows in build/bench; bench-NAME runs one
	@$(BIN)/python -m tests.bench

bench-%: $(VENV)/.dev $(VENV)/.kernels
	@$(BIN)/python -m tests.bench $*

screenshot: $(VENV)/.dev $(VENV)/.kernels ## the README's picture, from the running demo, in chromium
	@$(BIN)/python -m orchestrator.web.screenshot

protos: $(VENV)/.dev ## make the committed stubs again from protos/**/*.proto
	@$(BIN)/python protos/generate.py

dashboard: $(VENV)/.run ## write the Grafana dashboard again from the metrics
	@$(BIN)/python deploy/grafana/make_dashboard.py

# Packages of a peer that benchmarks run in an environment of its own -> its lock.
lock_peer = printf '%s\n' $(1) | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links - -o tests/bench/peers/$(2).lock

lock: ## resolve the dependencies again (maintainers; needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(call lock_peer,pyjobshop==0.0.9,pyjobshop)
	$(call lock_peer,pyvroom==1.15.2,pyvroom)
	$(call lock_peer,commiv==0.6.0 numpy,commiv)

clean: ## remove the environment, caches and build results; the log in muster-data stays
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.run: requirements.lock pyproject.toml
	@test -x $(BIN)/python || { echo "making $(VENV)"; $(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Muster needs Python 3.11 or newer")'; $(PYTHON) -m venv $(VENV); }
	@echo "installing the locked packages, once (about 350 MB)"
	@$(PIP) install -qq --require-hashes -r requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $@

# The oracles name dozens of packages that none of their functions needs here, so that they come without any.
$(VENV)/.dev: requirements-dev.lock requirements-oracles.lock $(VENV)/.run
	@echo "installing the locked test tools, once"
	@$(PIP) install -qq --require-hashes -r requirements-dev.lock
	@$(PIP) install -qq --no-deps --require-hashes -r requirements-oracles.lock
	@touch $@

# Numba compiles a kernel at its first call and keeps it beside the source; doing it here keeps the first plan quick.
$(VENV)/.kernels: $(VENV)/.run $(shell find solvers -name '*.py' 2>/dev/null)
	@$(BIN)/python -m solvers.warm_up
	@touch $@
