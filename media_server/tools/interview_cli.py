"""`media-server interview …`: the interviews API of a running server, from a shell."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel

from media_server.api_client import ApiError, Client, Unreachable
from media_server.terminal import printable, printable_lines
from media_server.tools.urls import server_url
from signaling.schemas import InterviewPage

EXIT_FAILED = 1
EXIT_USAGE = 2
TIMEOUT_S = 30.0


class Failed(Exception):
    """The text is shown as it stands."""


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """Which server, and which key."""
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
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
    bundle = actions.add_parser("bundle", help="all of it, signed, for `media-server verify`")
    bundle.add_argument("id")
    bundle.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="a new file (default: ID.zip)"
    )
    erase = actions.add_parser("erase", help="delete everything of it, for good")
    erase.add_argument("id")
    erase.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> int:
    try:
        with Client(str(args.url), api_key(args.key_file), deadline_s=TIMEOUT_S) as client:
            return _run(client, args)
    except (ApiError, Failed) as error:
        print(printable_lines(f"media-server interview: {error}"), file=sys.stderr)
        if isinstance(error, Unreachable):
            print("Give the address of the server with --url", file=sys.stderr)
        return EXIT_FAILED


def _run(client: Client, args: argparse.Namespace) -> int:
    if args.action == "create":
        _create(client, args)
    elif args.action == "list":
        _print_list(client.page(limit=args.limit, cursor=args.cursor), as_json=args.json)
    elif args.action == "show":
        _dump(client.get(args.id))
    elif args.action == "result":
        _dump(client.result(args.id))
    elif args.action == "cancel":
        _dump(client.cancel(args.id))
    elif args.action == "export":
        _export(client, args)
    elif args.action == "bundle":
        _bundle(client, args)
    else:
        return _erase(client, args)
    return 0


def _create(client: Client, args: argparse.Namespace) -> None:
    try:
        spec = json.loads(sys.stdin.read() if args.file == "-" else _read(args.file))
    except OSError as error:
        raise Failed(f"{args.file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Failed(f"{args.file} is not JSON: {error}") from None
    created = client.create(spec, idempotency_key=args.idempotency_key)
    if args.json:
        _dump(created)
    else:
        _say(f"{created.id}  {created.join_url}")


def _export(client: Client, args: argparse.Namespace) -> None:
    if args.output is not None:
        with _new_file(args.output) as file:
            client.export(args.id, file)
        return
    log = io.BytesIO()  # read to its end first: half a log must not look like one
    client.export(args.id, log)
    sys.stdout.write(log.getvalue().decode())


def _bundle(client: Client, args: argparse.Namespace) -> None:
    path = args.output or Path(f"{args.id}.zip")
    with _new_file(path) as file:
        count = client.bundle(args.id, file)
    _say(f"{path}  {count} bytes; check it with: media-server verify {path}")


def _erase(client: Client, args: argparse.Namespace) -> int:
    if not args.yes:
        if not sys.stdin.isatty():
            raise Failed("erasing cannot be undone: confirm it with --yes")
        if input(f"Erase {args.id} for good? Type yes: ").strip() != "yes":
            return EXIT_USAGE
    client.erase(args.id)
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


def _print_list(page: InterviewPage, *, as_json: bool) -> None:
    if as_json:
        _dump(page)
        return
    for row in page.interviews:
        asked = f"{0 if row.round is None else row.round + 1}/{row.questions_total}"
        live = "live" if row.live else ""
        row_text = f"{row.id}  {row.created_at:%Y-%m-%dT%H:%M:%SZ}  {row.status:18} {asked:>5}"
        _say(printable(f"{row_text}  {live:4} {row.title}"))
    if page.next_cursor:
        _say(f"more: --cursor {page.next_cursor}")


def _read(file: str) -> str:
    return Path(file).read_text("utf-8")


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """For the owner's eyes alone: a log holds every word. Never over a file that is there, and gone
    again when what should be in it is not complete."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Failed(f"{path} cannot be written: {error.strerror}") from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _dump(value: BaseModel) -> None:
    """What the server said, and nothing else."""
    said = value.model_dump(mode="json", exclude_unset=True)
    _say(json.dumps(said, indent=2, ensure_ascii=False))


def _say(line: str) -> None:
    print(line)
