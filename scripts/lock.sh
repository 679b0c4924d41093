#!/usr/bin/env bash
# Remakes requirements/*.lock from pyproject.toml. Needs uv, which only this script uses;
# it comes from a throw-away environment unless one is on the PATH.
#
#   run.lock     what `media-server serve` needs
#   espeak.lock  the voice that `make run` adds and the container image leaves out unless asked
#   dev.lock     all of that and the tools of `make check` and `make test`
#
# Pass --upgrade to take newer versions; without it only what pyproject.toml demands changes.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
uv=$(command -v uv || true)
if [ -z "$uv" ]; then
  python3 -m venv "$scratch/venv"
  "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check uv
  uv="$scratch/venv/bin/uv"
fi

compile() {
  # One version of each package for every Python, so that what was tested is what runs.
  # No index address: whoever installs uses their own.
  "$uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 \
    --fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links \
    --no-header --no-annotate --only-binary :all: "$@"
}

mkdir -p requirements
compile --group build --output-file requirements/run.lock "${@}"
compile --group build --extra espeak --group dev --constraint requirements/run.lock \
  --output-file requirements/dev.lock "${@}"

# espeak.lock: what the extra adds to run.lock, one entry with its hashes.
compile --extra espeak --constraint requirements/dev.lock --output-file "$scratch/with.lock"
python3 - "$scratch/with.lock" requirements/run.lock > requirements/espeak.lock <<'PY'
import re, sys

def entries(path):
    text = open(path, encoding="utf-8").read()
    return {m[1]: m[0] for m in re.finditer(r"^([\w.-]+)==.*(?:\n    --hash=.*)*\n", text, re.M)}

with_extra, without = (entries(path) for path in sys.argv[1:])
sys.stdout.write("".join(entry for name, entry in with_extra.items() if name not in without))
PY

# Nearly every entry carries the same "CPython on Linux, x86_64 or aarch64": said here once.
python3 - requirements/*.lock <<'PY'
import pathlib, re, sys

EVERYWHERE = (
    r" ; \(platform_machine == 'aarch64' or platform_machine == 'x86_64'\)"
    r" and platform_python_implementation == 'CPython' and sys_platform == 'linux'(?= \\$)"
)
for name in sys.argv[1:]:
    path = pathlib.Path(name)
    path.write_text(re.sub(EVERYWHERE, "", path.read_text(), flags=re.MULTILINE))
PY

if grep -nE '://|^--(index|extra|find)' requirements/*.lock; then
  echo "a lock names an address (above); it must not" >&2
  exit 1
fi
wc -l requirements/*.lock
