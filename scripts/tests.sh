#!/usr/bin/env bash
# The tests of `make test`, in two runs side by side; arguments go to pytest.
#
# Tests that need real time mostly wait: three at once leave half of the processors unused. The others
# use what is left and have no claim to more (SCHED_IDLE, sched(7)): they judge no duration, so it does
# not matter to them when they run.
#
# JOBS: at how many of the others at once. TEST_LIMIT_S: a run that takes longer hangs; it is
# interrupted and lists what had failed. A run also ends when one of its processes dies, after which
# pytest-xdist may wait for ever.
set -euo pipefail
cd "$(dirname "$0")/.."

JOBS=${JOBS:-3}
REAL_TIME_JOBS=3  # tests/support/slots.py
LIMIT_S=${TEST_LIMIT_S:-3000}
NO_TESTS=5  # pytest's exit code when it found none
LOG=build/real-time-tests.log

run_tests() {  # which, how many at once, pytest's arguments …
  local which=$1 at_once=$2
  shift 2
  timeout --signal=INT --kill-after=60 "$LIMIT_S" .venv/bin/pytest --real-time="$which" \
    --numprocesses "$at_once" --dist loadfile --no-loadscope-reorder --max-worker-restart=0 "$@"
}

show_real_time() {
  if [ -f "$LOG" ]; then
    printf '\nTests that need real time:\n'
    cat "$LOG"
    rm -f "$LOG"
  fi
}

mkdir -p build
rm -f "$LOG"
trap 'kill -INT $(jobs -p) 2>/dev/null; wait; show_real_time' EXIT
trap 'exit 130' INT TERM

# What fails is told at once, on stderr; the rest of its output comes when both have ended.
run_tests only "$REAL_TIME_JOBS" "$@" >"$LOG" &
real_time=$!
(
  if command -v chrt >/dev/null; then chrt --idle --pid 0 $BASHPID || true; fi
  run_tests without "$JOBS" "$@"
) &
others=$!

others_code=0
wait "$others" || others_code=$?
real_time_code=0
wait "$real_time" || real_time_code=$?
show_real_time
if [ "$others_code" = "$NO_TESTS" ] && [ "$real_time_code" = "$NO_TESTS" ]; then exit "$NO_TESTS"; fi
for code in "$others_code" "$real_time_code"; do
  if [ "$code" != 0 ] && [ "$code" != "$NO_TESTS" ]; then exit "$code"; fi
done
