"""`media-server tenants`: checks the file of tenants, and makes keys for it."""

from __future__ import annotations

import argparse
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from media_server import config as configuration
from media_server.ports import DEFAULT_TENANT, SCOPES
from media_server.tenant_file import read
from media_server.tenants import Tenant, Tenants, TenantsError, key_digest
from media_server.terminal import printable

EXIT_FAILED = 1
EXIT_USAGE = 2
KEY_BYTES = 32
KEY_PREFIX = "ms_"
"""So that a key is recognised where one was left by mistake."""
MIN_KEY_CHARS = 16
SOON_S = 14 * 86_400.0
DAY_S = 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="whether a server would take the file")
    check.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="default: MEDIA_SERVER_TENANTS"
    )
    check.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file (or MEDIA_SERVER_CONFIG=FILE)"
    )
    making = actions.add_parser("hash-key", help="make a key, and the lines for the file")
    making.add_argument(
        "--scopes",
        default="read,write",
        metavar="LIST",
        help=f"what it allows, of {', '.join(sorted(SCOPES))} (default: read,write)",
    )
    making.add_argument("--label", default="", metavar="TEXT", help="where the key will be used")
    making.add_argument("--days", type=int, metavar="N", help="days until it expires")
    making.add_argument(
        "--stdin", action="store_true", help="hash the key that is typed or piped, make none"
    )


def run(args: argparse.Namespace) -> int:
    return _check(args) if args.action == "check" else _hash_key(args)


def _check(args: argparse.Namespace) -> int:
    file = args.file or configuration.load_config(file=args.config).http.tenants
    if file is None:
        _complain("there is no file: name one, or set MEDIA_SERVER_TENANTS")
        return EXIT_USAGE
    try:
        tenants = read(file)
    except TenantsError as error:
        for problem in error.problems:
            _complain(problem)
        return EXIT_FAILED
    for line in (*_described(tenants), *(f"note: {note}" for note in _notes(file, tenants))):
        print(printable(line))
    return 0


def _described(tenants: Tenants) -> Iterator[str]:
    count = len(tenants.by_name)
    yield f"{count} tenant{'' if count == 1 else 's'}, nothing is wrong with the file"
    for tenant in tenants.by_name.values():
        hooks = [one.id if one.enabled else f"{one.id} (off)" for one in tenant.webhooks]
        limits = tenant.limits.model_dump(exclude_none=True)
        yield f"{tenant.name}"
        for key in tenant.keys:
            until = f" until {key.expires:%Y-%m-%d}" if key.expires is not None else ""
            scopes = ", ".join(sorted(key.scopes))
            yield f"  key {key.sha256[:8]} {key.label or '(no label)'}: {scopes}{until}"
        if hooks:
            yield f"  webhooks: {', '.join(hooks)}"
        if limits:
            yield f"  limits: {', '.join(f'{name} {value}' for name, value in limits.items())}"


def _notes(file: Path, tenants: Tenants) -> Iterator[str]:
    """What is allowed and may still not be meant."""
    named = tenants.by_name.values()
    if any(tenant.webhooks for tenant in named) and file.stat().st_mode & (
        stat.S_IRGRP | stat.S_IROTH
    ):
        yield f"others may read {file}, which holds secrets of webhooks: chmod 600 {file}"
    if DEFAULT_TENANT in tenants.by_name:
        yield f"the file names {DEFAULT_TENANT}: MEDIA_SERVER_API_KEY is not accepted beside it"
    for tenant in named:
        yield from _notes_on_keys(tenant, time.time())


def _notes_on_keys(tenant: Tenant, now_s: float) -> Iterator[str]:
    if not any(key.expires_s is None or key.expires_s > now_s for key in tenant.keys):
        yield f"tenant {tenant.name} has no key that is good now"
    for key in tenant.keys:
        if key.expires_s is not None and key.expires_s <= now_s + SOON_S:
            days = (key.expires_s - now_s) / DAY_S
            when = f"expires in {days:.0f} days" if days > 0 else "has expired"
            yield f"tenant {tenant.name}: key {key.sha256[:8]} {when}"


def _hash_key(args: argparse.Namespace) -> int:
    scopes = [scope.strip() for scope in args.scopes.split(",") if scope.strip()]
    unknown = sorted(set(scopes) - SCOPES)
    if unknown or not scopes:
        _complain(f"scopes are {', '.join(sorted(SCOPES))}, not {', '.join(unknown) or 'nothing'}")
        return EXIT_USAGE
    if args.days is not None and not 1 <= args.days <= 36_500:
        _complain("--days is 1 to 36500")
        return EXIT_USAGE
    key = sys.stdin.readline().strip() if args.stdin else _new_key()
    if len(key) < MIN_KEY_CHARS:
        _complain(f"a key has at least {MIN_KEY_CHARS} characters")
        return EXIT_USAGE
    if not args.stdin:  # not with the lines: they may be appended to the file as they come
        print(f"The key, shown this once: {key}", file=sys.stderr)
        print("Below the [[tenants]] it belongs to:", file=sys.stderr, flush=True)
    print("\n".join(_lines(key, scopes, args.label, args.days)))
    return 0


def _new_key() -> str:
    return KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def _lines(key: str, scopes: list[str], label: str, days: int | None) -> Iterator[str]:
    yield "[[tenants.keys]]"
    yield f'sha256 = "{key_digest(key).hex()}"'
    quoted = ", ".join(f'"{scope}"' for scope in scopes)
    yield f"scopes = [{quoted}]"
    if label:
        text = printable(label).replace("\\", "\\\\").replace('"', '\\"')
        yield f'label = "{text}"'
    if days is not None:
        expires = datetime.now(UTC) + timedelta(days=days)
        yield f"expires = {expires:%Y-%m-%dT%H:%M:%SZ}"


def _complain(text: str) -> None:
    print(printable(f"media-server: {text}"), file=sys.stderr)
