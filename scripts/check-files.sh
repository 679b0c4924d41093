#!/usr/bin/env bash
# Lints what is neither Python nor browser code: shell scripts and the Dockerfile.
# The linters are programs in wheels that exist for x86_64 only.
set -euo pipefail
cd "$(dirname "$0")/.."

for linter in shellcheck hadolint; do
  if [ ! -x ".venv/bin/$linter" ]; then
    echo "check: $linter has no wheel for $(uname -m), skipped" >&2
    continue
  fi
  case $linter in
    shellcheck) files=(scripts/*.sh .ci/run) ;;
    hadolint) files=(Dockerfile) ;;
  esac
  echo "$linter ${files[*]}"
  ".venv/bin/$linter" "${files[@]}"
done
