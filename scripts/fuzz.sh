#!/usr/bin/env bash
# The work of `make fuzz`: property tests with fresh seeds and ten times the examples, then each
# parser under atheris for FUZZ_SECONDS (60), guided by coverage. Where atheris has no wheel it
# says so, and Hypothesis is all there is.
#
#   FUZZ_TARGETS="sctp stun"   only these parsers
#   FUZZ_CORPUS=folder         what was found interesting, kept between runs (build/fuzz/corpus)
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
packages=build/fuzz/packages
corpus=${FUZZ_CORPUS:-build/fuzz/corpus}
python=.venv/bin/python

echo "== property tests, fresh seeds, ten times the examples"
property_tests=$(grep -rlE 'from hypothesis|import hypothesis' tests --include='test_*.py')
# shellcheck disable=SC2086  # file names without spaces
HYPOTHESIS_PROFILE=fuzz "$python" -m pytest -q -o timeout=1800 $property_tests "$@"

if ! "$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
  --only-binary :all: --upgrade --target "$packages" -r requirements/fuzz.txt; then
  echo "atheris has no wheel for this Python or machine: coverage-guided runs are left out"
  exit 0
fi

all=$("$python" -c 'from tests.fuzz.targets import TARGETS; print(*TARGETS)')
for target in ${FUZZ_TARGETS:-$all}; do
  echo "== $target, $seconds s"
  PYTHONPATH="$packages" "$python" -m tests.fuzz.guided "$target" "$corpus/$target" \
    -max_total_time="$seconds" -max_len=1500 -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="build/fuzz/$target-" -print_final_stats=1 -verbosity=0
done
