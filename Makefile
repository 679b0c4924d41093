# make help lists what there is. Set-up is done by scripts/setup.sh, from locked dependencies.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python
# Set in many containers. Compiling everything again takes each process longer than all it does then,
# and the tests start some hundreds.
unexport PYTHONDONTWRITEBYTECODE
# Tests mostly wait (for speech, for a killed server): more of them at once than there are cores.
# Three of these processes take those that need real time (tests/support/sharing.py).
JOBS ?= 6
# A run that takes longer hangs: it is interrupted and lists what had failed. It also ends when one
# of its processes dies, after which pytest-xdist may wait for ever.
TEST_LIMIT_S ?= 3000

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

.PHONY: run
run:  ## set up and serve http://localhost:8080 (PORT, HOST, DATA_DIR, MEDIA_SERVER_API_KEY, WITH_ESPEAK=1)
	@scripts/setup.sh run
	@exec .venv/bin/media-server serve $(ARGS)

.PHONY: setup
setup:  ## the set-up of `make run` alone
	@scripts/setup.sh run

.PHONY: setup-dev
setup-dev:  ## the set-up of `make check` and `make test` alone
	@scripts/setup.sh dev

# A first run compiles the tests while packages and models download.
.PHONY: test
test: setup-dev  ## all tests (installs redis-server, chromium and flite where it may); ARGS for pytest, JOBS at once
	@scripts/system-packages.sh & system=$$!; scripts/node-packages.sh & node=$$!; \
	  [ -d tests/__pycache__ ] || timeout 300 .venv/bin/pytest --collect-only -qq >/dev/null 2>&1 & compiled=$$!; \
	  scripts/setup.sh test-models; models=$$?; wait $$compiled || true; \
	  wait $$system && wait $$node && exit $$models
	@rm -f .pytest_cache/v/cache/lastfailed
	@timeout --signal=INT --kill-after=60 $(TEST_LIMIT_S) .venv/bin/pytest --numprocesses $(JOBS) \
	  --dist loadfile --no-loadscope-reorder --max-worker-restart=0 $(ARGS) || \
	  { failed=$$?; test $$failed = 1 || exit $$failed; \
	    timeout --signal=INT --kill-after=60 $(TEST_LIMIT_S) .venv/bin/pytest --alone --last-failed; }

.PHONY: test-small-model
test-small-model: setup-dev  ## tests with a real small language model on the CPU (fetches 180 MB once)
	@scripts/small-model.sh
	@SMALL_MODEL=1 .venv/bin/pytest tests/llm/test_small_model.py tests/live/test_small_model.py $(ARGS)

.PHONY: fuzz
fuzz: setup-dev  ## property tests with fresh seeds, then parsers under atheris (FUZZ_SECONDS each)
	@scripts/fuzz.sh $(ARGS)

.PHONY: check
check: setup-dev  ## lint, formatting, types, import rules, scripts, Dockerfile, the client
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	@scripts/check-files.sh
	@scripts/check-node.sh

# Which benchmarks: all but the report, or BENCH="calls peers". Their figures: benchmarks/results/.
BENCH ?= $(filter-out report,$(basename $(notdir $(shell grep -l '^if __name__' benchmarks/*.py))))
# At how many calls, and how many runs of each.
BENCH_CALLS ?= 40,80,120,150
BENCH_RUNS ?= 3

.PHONY: bench
bench: setup-dev  ## benchmarks on a quiet machine, one after another, then the report (BENCH=names)
	@mkdir -p benchmarks/results; failed=; for name in $(BENCH); do \
	  echo "== $$name"; more=; \
	  case $$name in \
	    calls) more="--calls $(BENCH_CALLS) --runs $(BENCH_RUNS)";; \
	    peers) more="--runs $(BENCH_RUNS)";; \
	  esac; \
	  $(PY) -m "benchmarks.$$name" $$more --json "benchmarks/results/$$name.json" \
	    || failed="$$failed $$name"; \
	done; \
	$(PY) -m benchmarks.report; \
	if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi

.PHONY: bench-peers
bench-peers: setup-dev  ## the environments of the servers to compare with (downloads), for bench
	$(PY) -m benchmarks.peers --install

.PHONY: bench-calls
bench-calls:  ## calls per core alone, three runs of each (BENCH_CALLS=120,150)
	@$(MAKE) bench BENCH=calls

.PHONY: lock
lock:  ## remake requirements/*.lock from pyproject.toml (ARGS=--upgrade for newer versions)
	@scripts/lock.sh $(ARGS)

.PHONY: pin-images
pin-images:  ## write the digests of the images into compose.yaml and the Dockerfile (needs docker)
	@scripts/pin-images.sh

.PHONY: clean
clean:  ## remove what was built; interviews in DATA_DIR stay
	rm -rf .venv build dist node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache \
	  .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
