"""`media-server verify BUNDLE`: whether an evidence bundle is what the server signed, offline."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from media_server.evidence import keys
from media_server.evidence.verify import UNDECIDED, WHOLE, Verdict, verify
from media_server.terminal import printable

_FINGERPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
ALWAYS_UNPROVED = (
    "that every word was understood as it was said: listen to the audio",
    "who was speaking, that the server's clock was right, or that the server itself was honest",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = (
        "exit codes: 0 it is what the server signed; 1 something is wrong with it; 2 the file or "
        "the\nkey cannot be read, or no key was given, so that anybody may have signed it"
    )
    parser.add_argument("bundle", type=Path, help="from GET /v1/interviews/{id}/bundle.zip")
    parser.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what GET /v1/evidence-key answered, a JWK Set, or PEM; several: any of them",
    )
    parser.add_argument(
        "--fingerprint",
        type=_fingerprint,
        action="append",
        default=[],
        help="of the server's key: the kid of GET /v1/evidence-key",
    )


def run(args: argparse.Namespace) -> int:
    try:
        trusted = {*args.fingerprint, *(kid for file in args.key for kid in _kids(file))}
        verdict = verify(args.bundle, trusted)
    except keys.BadKey as error:
        print(f"verify: {printable(str(error))}", file=sys.stderr)
        return UNDECIDED
    except OSError as error:
        name = printable(str(error.filename or args.bundle))
        print(f"verify: {name} cannot be read: {error.strerror}", file=sys.stderr)
        return UNDECIDED
    for line in lines(verdict):
        print(printable(line))
    return verdict.code


def lines(verdict: Verdict) -> list[str]:
    """For people, the verdict last."""
    told = []
    if (made := verdict.manifest) is not None:
        told.append(f"interview {made.interview}, {made.status}, as of {made.made_at}")
        told.append(f"key       {made.key.kid}")
    told += [f"holds     {fact}" for fact in verdict.facts]
    told += [f"WRONG     {fault}" for fault in verdict.faults]
    told += [f"unproved  {what}" for what in (*verdict.unproved, *ALWAYS_UNPROVED)]
    if verdict.faults:
        return [*told, "This bundle is NOT what the server signed."]
    if verdict.code == WHOLE:
        return [*told, "This bundle is what the server signed."]
    return [*told, "Nothing was changed since it was signed; by whom, nobody has checked."]


def _kids(file: Path) -> list[str]:
    with file.open("rb") as opened:
        content = opened.read(keys.MAX_KEY_FILE_BYTES)
    try:
        return [key.kid for key in keys.public_keys(content)]
    except keys.BadKey as error:
        raise keys.BadKey(f"{os.fspath(file)}: {error}") from None


def _fingerprint(text: str) -> str:
    if not _FINGERPRINT.fullmatch(text):
        raise argparse.ArgumentTypeError(
            "43 letters, digits, - and _ are expected: the kid of GET /v1/evidence-key"
        )
    return text
