#!/usr/bin/env bash
# Installs with apt what only tests need: a real Redis, a real browser, a clear voice.
# Where that is not possible, the tests that need them skip and name the package
# (with CI=true they fail instead). Always exits 0.
set -uo pipefail

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v flite >/dev/null || missing+=(flite)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
  || command -v google-chrome >/dev/null || missing+=(chromium)
# The same browser without its windows, where a distribution has it apart (Debian): it takes less of
# the processors, and no test needs it.
shell=chromium-headless-shell
wants_shell() { ! command -v $shell && apt-cache show $shell; } >/dev/null 2>&1
[ ${#missing[@]} -gt 0 ] || wants_shell || exit 0

say() { printf 'test: %s\n' "$*" >&2; }
root=()
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root=(sudo -n); else root=(false); fi
fi
if ! command -v apt-get >/dev/null || [ "${root[*]:-}" = false ]; then
  [ ${#missing[@]} -gt 0 ] || exit 0
  say "tests that need them will skip; to run them all: sudo apt-get install ${missing[*]}"
  exit 0
fi
apt() { "${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get "$@" </dev/null; }
say "installing ${missing[*]:-$shell} for the tests"
apt update -qq >/dev/null 2>&1
for package in "${missing[@]}"; do
  apt install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 \
    || say "apt could not install $package: the tests that need it will skip"
done
wants_shell && apt install -y -qq --no-install-recommends $shell >/dev/null 2>&1
exit 0
