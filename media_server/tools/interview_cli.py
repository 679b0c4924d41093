"""`media-server interview …`: the interviews API of a running server, from a shell."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from media_server.terminal import printable, printable_lines
from media_server.tools.urls import server_url

EXIT_FAILED = 1
EXIT_USAGE = 2
TIMEOUT_S = 30.0


class Failed(Exception):
    """The text is shown as it stands."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        type=server_url,
        default=os.environ.get("MEDIA_SERVER_URL")
        or f"http://localhost:{os.environ.get('PORT') or 8080}",
        help="address of the server (default: MEDIA_SERVER_URL or %(default)s)",
    )
    parser.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        help="file with the API key (default: MEDIA_SERVER_API_KEY, else DATA_DIR/secrets/api-key)",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="from a JSON file; prints the join link")
    create.add_argument("file", help="JSON of the interview, or - for standard input")
    create.add_argument("--idempotency-key", help="repeat safely with the same key")
    create.add_argument("--json", action="store_true", help="print the whole answer")
    listing = actions.add_parser("list", help="newest first")
    listing.add_argument("--limit", type=int, default=20, help="1 to 100 (default %(default)s)")
    listing.add_argument("--cursor", default="", help="where the page before ended")
    listing.add_argument("--json", action="store_true", help="print the whole answer")
    for name, text in (
        ("show", "its state and join link"),
        ("result", "answers, timings, media; partial until it is over"),
        ("cancel", "end it; the answers so far are kept"),
    ):
        actions.add_parser(name, help=text).add_argument("id")
    export = actions.add_parser("export", help="its whole log, for `media-server replay`")
    export.add_argument("id")
    export.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="a new file (default: standard output)"
    )
    erase = actions.add_parser("erase", help="delete everything of it, for good")
    erase.add_argument("id")
    erase.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> int:
    try:
        return asyncio.run(_run(args))
    except Failed as error:
        print(printable_lines(f"media-server interview: {error}"), file=sys.stderr)
        return EXIT_FAILED


async def _run(args: argparse.Namespace) -> int:
    base = str(args.url).rstrip("/") + "/v1/interviews"
    headers = {"Authorization": f"Bearer {api_key(args.key_file)}"}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        if args.action == "create":
            await _create(session, base, args)
        elif args.action == "list":
            query = {"limit": str(args.limit), **({"cursor": args.cursor} if args.cursor else {})}
            _print_list(await _ask(session, "GET", base, params=query), as_json=args.json)
        elif args.action == "show":
            _dump(await _ask(session, "GET", f"{base}/{args.id}"))
        elif args.action == "result":
            _dump(await _ask(session, "GET", f"{base}/{args.id}/result"))
        elif args.action == "cancel":
            _dump(await _ask(session, "POST", f"{base}/{args.id}/cancel"))
        elif args.action == "export":
            await _export(session, base, args)
        else:
            return await _erase(session, base, args)
    return 0


async def _create(session: aiohttp.ClientSession, base: str, args: argparse.Namespace) -> None:
    try:
        text = sys.stdin.read() if args.file == "-" else await asyncio.to_thread(_read, args.file)
        spec = json.loads(text)
    except OSError as error:
        raise Failed(f"{args.file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Failed(f"{args.file} is not JSON: {error}") from None
    key = args.idempotency_key or str(uuid.uuid4())
    answer = await _ask(session, "POST", base, json=spec, headers={"Idempotency-Key": key})
    if args.json:
        _dump(answer)
    else:
        _say(f"{answer['id']}  {answer['join_url']}")


async def _export(session: aiohttp.ClientSession, base: str, args: argparse.Namespace) -> None:
    # Read to its end first: half a log must not look like one.
    text = (await _fetch(session, "GET", f"{base}/{args.id}/log")).decode()
    if args.output is None:
        sys.stdout.write(text)
        return
    try:
        await asyncio.to_thread(_write_private, args.output, text)
    except OSError as error:
        raise Failed(f"{args.output} cannot be written: {error.strerror}") from None


async def _erase(session: aiohttp.ClientSession, base: str, args: argparse.Namespace) -> int:
    if not args.yes:
        if not sys.stdin.isatty():
            raise Failed("erasing cannot be undone: confirm it with --yes")
        answer = await asyncio.to_thread(input, f"Erase {args.id} for good? Type yes: ")
        if answer.strip() != "yes":
            return EXIT_USAGE
    await _ask(session, "DELETE", f"{base}/{args.id}")
    _say(f"{args.id} erased")
    return 0


def api_key(key_file: Path | None = None, environ: Mapping[str, str] | None = None) -> str:
    """The key to send. Raises Failed, naming where it was looked for."""
    environ = os.environ if environ is None else environ
    if key_file is None and environ.get("MEDIA_SERVER_API_KEY"):
        return environ["MEDIA_SERVER_API_KEY"].split(",")[0].strip()
    path = key_file or Path(environ.get("DATA_DIR") or "data") / "secrets" / "api-key"
    try:
        lines = path.read_text("ascii").split()
    except (OSError, UnicodeDecodeError):
        lines = []
    if not lines:
        raise Failed(
            f"no API key: {path.absolute()} cannot be read. Set MEDIA_SERVER_API_KEY, or DATA_DIR "
            "to the server's, or give --key-file"
        )
    return lines[0]


async def _ask(
    session: aiohttp.ClientSession, method: str, url: str, **request: Any
) -> dict[str, Any]:
    """The JSON answer, {} where there is none. Raises Failed."""
    body = await _fetch(session, method, url, **request)
    try:
        return dict(json.loads(body)) if body else {}
    except ValueError:
        raise Failed(f"{url} answered something that is not JSON: is it a media server?") from None


async def _fetch(session: aiohttp.ClientSession, method: str, url: str, **request: Any) -> bytes:
    """The body of a good answer. Raises Failed."""
    try:
        async with session.request(method, url, **request) as response:
            body = await response.read()
            status = response.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise Failed(
            f"no answer from {url}: {error or type(error).__name__}. Is the server running? "
            "Give its address with --url"
        ) from None
    if status < 400:
        return body
    try:
        answer = json.loads(body)
    except ValueError:
        answer = {}
    raise Failed(_problem(status, answer))


def _problem(status: int, answer: Any) -> str:
    if not isinstance(answer, dict) or "detail" not in answer:
        return f"the server answered {status}"
    lines = [f"{answer['detail']} ({status})"]
    lines += [f"  {e['pointer']}: {e['message']}" for e in answer.get("errors", ())]
    return "\n".join(lines)


def _print_list(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        _dump(answer)
        return
    for row in answer["interviews"]:
        asked = f"{0 if row['round'] is None else row['round'] + 1}/{row['questions_total']}"
        live = "live" if row["live"] else ""
        row_text = f"{row['id']}  {row['created_at']}  {row['status']:18} {asked:>5}  {live:4}"
        _say(printable(f"{row_text} {row['title']}"))
    if answer["next_cursor"]:
        _say(f"more: --cursor {answer['next_cursor']}")


def _read(file: str) -> str:
    return Path(file).read_text("utf-8")


def _write_private(path: Path, text: str) -> None:
    """For the owner's eyes alone: a log holds every word. Never over a file that is there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _dump(value: Mapping[str, Any]) -> None:
    _say(json.dumps(value, indent=2, ensure_ascii=False))


def _say(line: str) -> None:
    print(line)
