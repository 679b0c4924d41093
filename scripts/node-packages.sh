#!/usr/bin/env bash
# Installs into node_modules/ what checks and some tests use: type checker, formatter, linters, axe,
# two WebRTC clients of others. Quick when nothing changed. Where node is missing or npm fails, the
# tests that need it skip and say so (with CI=true they fail instead). Always exits 0.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "test: node is missing, tests that need it will skip: apt-get install nodejs npm" >&2
  exit 0
fi
stamp=node_modules/.set-up
wanted=$(cat package.json package-lock.json | sha256sum)
[ "$(cat $stamp 2>/dev/null)" != "$wanted" ] || exit 0
if npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2; then
  echo "$wanted" > $stamp
else
  echo "test: npm could not install the packages of package-lock.json: tests that need them will skip" >&2
fi
exit 0
