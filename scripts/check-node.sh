#!/usr/bin/env bash
# The checks that need Node: layout, lint and JSDoc types of the browser code, and the compose file.
# Node is needed for checks only, never to run the product.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  case ${CI:-} in
    true | 1) echo "check: node and npm are missing (with CI=true that is a failure)" >&2; exit 1 ;;
  esac
  echo "check: client/ and compose.yaml not checked, node is missing: apt-get install nodejs npm" >&2
  exit 0
fi
scripts/node-packages.sh
echo "dclint compose.yaml"
node_modules/.bin/dclint compose.yaml
echo "biome check"
node_modules/.bin/biome check --error-on-warnings
echo "tsc --noEmit"
node_modules/.bin/tsc --project tsconfig.json
