#!/usr/bin/env bash
# Remakes requirements/*.lock from pyproject.toml. Needs uv, which only this script uses;
# it comes from a throw-away environment unless one is on the PATH.
#
#   run.lock     what `media-server serve` needs
#   espeak.lock  the voice that WITH_ESPEAK=1 adds to `make run` and to the container image
#   mcp.lock     what `media-server mcp` needs besides
#   otel.lock    what spans need besides (OTEL_EXPORTER_OTLP_ENDPOINT)
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

# Made aside and moved at the end: an interrupted run leaves the old locks whole.
# What is locked now is what uv prefers, hence the copies.
mkdir -p requirements "$scratch/locks"
cp requirements/*.lock "$scratch/locks" 2>/dev/null || true
compile --group build --output-file "$scratch/locks/run.lock" "${@}"
compile --group build --extra espeak --extra mcp --extra otel --group dev --constraint "$scratch/locks/run.lock" \
  --output-file "$scratch/locks/dev.lock" "${@}"
for extra in espeak mcp otel; do
  compile --extra "$extra" --constraint "$scratch/locks/dev.lock" \
    --output-file "$scratch/with-$extra.lock"
done

python3 - "$scratch" <<'PY'
import pathlib, re, sys

scratch = pathlib.Path(sys.argv[1])
locks = scratch / "locks"

# espeak.lock, mcp.lock, otel.lock: what the extra adds to run.lock, with its hashes.
def entries(path):
    found = re.finditer(r"^([\w.-]+)==.*(?:\n    --hash=.*)*\n", path.read_text(), re.M)
    return {match[1]: match[0] for match in found}

without = entries(locks / "run.lock")
for extra in ("espeak", "mcp", "otel"):
    found = entries(scratch / f"with-{extra}.lock").items()
    added = (text for name, text in found if name not in without)
    (locks / f"{extra}.lock").write_text("".join(added))

# Nearly every entry carries the environments of pyproject.toml and nothing else: said there.
ON = "platform_machine == '{}' and platform_python_implementation == 'CPython' and sys_platform == 'linux'"
EVERYWHERE = " ; python_full_version < '3.15' and ((%s) or (%s)) \\\n" % (
    ON.format("aarch64"),
    ON.format("x86_64"),
)
for lock in locks.iterdir():
    lock.write_text(lock.read_text().replace(EVERYWHERE, " \\\n"))
PY

if grep -nE '://|^--(index|extra|find)' "$scratch"/locks/*.lock; then
  echo "a lock names an address (above); it must not" >&2
  exit 1
fi
mv "$scratch"/locks/*.lock requirements/
wc -l requirements/*.lock
