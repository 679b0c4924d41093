#!/usr/bin/env bash
# Makes .venv from the locks: `setup.sh run` for the server, `setup.sh dev` for checks and tests.
# `run` then fetches the models that a server without settings uses, `test-models` those of the
# tests, each only where it is missing. That never fails: the server and the tests do without.
# Idempotent, quick when nothing changed, safe to interrupt: the stamp is written last.
# WITH_ESPEAK=1 adds the voice for other languages than English, espeak-ng (GPL-3.0,
# docs/licences.md); once there, it stays until .venv is made again.
# PYTHON names the interpreter to use; pip's own settings (mirror, proxy, cache) are honoured.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?usage: setup.sh run|dev|test-models}
case $kind in
  run) locks=(requirements/run.lock) ;;
  dev | test-models) locks=(requirements/dev.lock) ;;
  *) echo "usage: setup.sh run|dev|test-models" >&2; exit 2 ;;
esac
if [ "$kind" = run ] && [ "${WITH_ESPEAK:-0}" = 1 ]; then
  locks+=(requirements/espeak.lock)
fi
venv=.venv
stamp=$venv/.set-up-$kind
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# The program looks whether the models are there and whole; then no network is asked.
fetch_models() {
  case $kind in
    run)
      if [ "${MEDIA_SERVER_STT_ENGINE:-auto}" != auto ] || [ -n "${MEDIA_SERVER_STT_MODEL_DIR:-}" ]; then
        return 0
      fi
      $venv/bin/media-server models set-up || true
      ;;
    test-models) $venv/bin/media-server models set-up --tests --dir build/models || true ;;
  esac
}
if [ "$kind" = test-models ]; then
  fetch_models
  exit 0
fi

# What the environment must match: the locks, the entry points, and where it stands.
wanted=$({ cat "${locks[@]}" scripts/setup.sh; sed -n '/^\[build-system\]/,/^\[tool\./p' pyproject.toml; } \
  | sha256sum | cut -d' ' -f1)-$PWD

is_current() { [ -x $venv/bin/python ] && [ "$(cat "$1" 2>/dev/null)" = "$wanted" ]; }
if is_current "$stamp"; then
  fetch_models
  exit 0
fi

# Two makes at once: the second waits and then finds the work done.
if command -v flock >/dev/null; then
  mkdir -p build
  exec 9>build/setup.lock
  flock 9
  if is_current "$stamp"; then
    fetch_models
    exit 0
  fi
fi

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }
can_make_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() {
  local candidate version fallback=""
  # The distribution's python3 first when the locks were tested with it, then named ones; a
  # newer python3 last: not every engine has a wheel for it yet.
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    command -v "$candidate" >/dev/null || continue
    version=$(version_of "$candidate") || continue
    case $version in
      3.11 | 3.12 | 3.13)
        if can_make_venv "$candidate"; then echo "$candidate"; return; fi
        fallback=${fallback:-$candidate}
        ;;
      3.1[4-9])
        [ -n "$fallback" ] || newest=$candidate
        ;;
    esac
  done
  echo "${fallback:-${newest:-}}"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1
  fi
}

# An environment that was made here keeps its Python unless another is asked for.
if [ -z "${PYTHON:-}" ] && [ -n "$(version_of $venv/bin/python)" ] \
  && [ "$(cat $venv/.made-by 2>/dev/null)" = "$(version_of $venv/bin/python) $PWD" ]; then
  python=$venv/bin/python
else
  python=$(find_python)
fi
if [ -z "$python" ] && [ -n "${PYTHON:-}" ]; then
  die "PYTHON=$PYTHON is not Python 3.11 or newer"
fi
if [ -z "$python" ]; then
  found=$(python3 --version 2>/dev/null || echo 'no python3')
  die "Python 3.11 or newer is needed; found $found." \
    "On Debian 12+ or Ubuntu 23.04+: apt-get install python3 python3-venv;" \
    "elsewhere install python3.11 to python3.13 and run: make run PYTHON=/path/to/python"
fi
version=$(version_of "$python")

if ! can_make_venv "$python"; then
  packages="python$version-venv"
  say "installing $packages: this Python cannot make virtual environments without it"
  apt_log=$(mktemp)
  if ! { command -v apt-get >/dev/null \
    && as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq \
    && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$packages"
  } </dev/null >"$apt_log" 2>&1; then
    tail -3 "$apt_log" >&2
    rm -f "$apt_log"
    die "cannot install it from here. Run this and try again: sudo apt-get install $packages"
  fi
  rm -f "$apt_log"
fi

# An environment of another Python, of another place (they are not movable) or half made: made again.
if [ -e $venv ] && [ "$(cat $venv/.made-by 2>/dev/null)" != "$version $PWD" ]; then
  if [ -e $venv/.made-by ] || ! $venv/bin/python -m pip --version >/dev/null 2>&1 \
    || [ "$(version_of $venv/bin/python)" != "$version" ]; then
    say "making $venv again (it was unfinished, moved or made by another Python)"
    rm -rf $venv
  fi
fi
rm -f "$stamp"
if [ ! -e $venv ]; then
  "$python" -m venv $venv
fi
echo "$version $PWD" > $venv/.made-by

say "installing $(cat "${locks[@]}" | grep -c '==') packages for Python $version (about 180 MB to download, once)"
requirements=()
for lock in "${locks[@]}"; do requirements+=(--requirement "$lock"); done
install=("$venv"/bin/python -m pip install --quiet --progress-bar off --no-compile)
"${install[@]}" --require-hashes --only-binary :all: "${requirements[@]}" \
  || die "pip could not install the locked packages (its reason stands above). Behind a mirror or" \
    "a proxy, set PIP_INDEX_URL or HTTPS_PROXY; then run the same command again."
# Ourselves, editable and with the locked build tool: nothing more is fetched.
"${install[@]}" --no-deps --no-build-isolation --no-index --editable . \
  || die "could not install the project itself (pip's reason stands above)"

if ! $venv/bin/python -c 'import pocketsphinx' 2>/dev/null; then
  say "note: no built pocketsphinx for Python $version on $(uname -m): without a Whisper model" \
    "nothing stands in. Python 3.13 and 3.11 have it."
fi
echo "$wanted" > "$stamp"
say "$venv is ready"
fetch_models
