"""`media-server models`: recognisers' models and voices, those here and how to get more."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from media_server import config as configuration
from media_server.config import ConfigError
from media_server.model_files import (
    MOONSHINE,
    PIPER,
    WHISPER,
    models_dir,
    piper_model,
    pulled,
)
from media_server.stt_choice import BEST, SMALL
from media_server.terminal import printable, printable_lines
from media_server.tools.model_catalogue import CATALOGUE, Entry, entry_of, find
from media_server.tools.model_download import find_problem_of, pull, target_dir
from media_server.tools.model_failure import PullFailed
from media_server.tools.model_progress import Progress
from media_server.tools.model_setup import set_up

EXIT_FAILED = 1
EXIT_USAGE = 2
_LICENCE_LINE = re.compile(r"^\W*licen[cs]e\b\W*(.+)$", re.IGNORECASE | re.MULTILINE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file (or MEDIA_SERVER_CONFIG=FILE)"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what there is, its size and licence")
    listing.add_argument("--json", action="store_true", help="as JSON")
    defaults = actions.add_parser(
        "set-up", help="fetch what a server without settings uses, where it is missing"
    )
    defaults.add_argument("--tests", action="store_true", help="what the tests use, too")
    getting = actions.add_parser("pull", help="fetch a model; interrupted, it goes on next time")
    getting.add_argument("name", metavar="NAME", help="for example small or en_US-ljspeech-medium")
    getting.add_argument("--again", action="store_true", help="even if it is here and complete")
    for action in (listing, getting, defaults):
        action.add_argument(
            "--dir", type=Path, metavar="DIR", help="where models lie (default: DATA_DIR/models)"
        )


def run(args: argparse.Namespace) -> int:
    try:
        config = configuration.load_config(file=args.config)
        usual = models_dir(config.store.data_dir)
        models: Path = args.dir or usual
        if args.action == "set-up":
            return set_up(config, models, tests=args.tests)
        if args.action == "list":
            return show(models, as_json=args.json)
        return get(args.name, models, again=args.again, by_name=models == usual)
    except (ConfigError, PullFailed) as error:
        _complain(str(error))
        return EXIT_USAGE if isinstance(error, ConfigError) else EXIT_FAILED
    except OSError as error:
        _complain(f"{error.filename or models} cannot be read: {error.strerror}")
        return EXIT_FAILED


def show(models: Path, *, as_json: bool) -> int:
    if models.exists() and not models.is_dir():
        raise PullFailed(f"{models} is not a directory: name the one where models lie with --dir")
    rows = [_row(entry, models) for entry in CATALOGUE.values()]
    known = {(entry.kind, entry.name) for entry in CATALOGUE.values()}
    for kind, name in pulled(models):
        if (kind, name) not in known:
            rows.append(_row(entry_of(kind, name), models))
    if as_json:
        print(json.dumps({"dir": str(models), "models": rows}, indent=2))
        return 0
    print(f"{'NAME':<25} {'KIND':<8} {'MB':>5}  {'HERE':<5} LICENCE")
    for row in rows:
        state = "yes" if not row["problem"] else "part" if row["here"] else "no"
        size = row["size_mb"] or ""
        notes = "; ".join(str(row[key]) for key in ("licence", "note") if row[key])
        print(f"{row['name']:<25} {row['kind']:<8} {size:>5}  {state:<5} {notes}")
    print(
        f"\nin {models}; get one with `media-server models pull NAME`, any other Piper voice, too"
    )
    return 0


def get(name: str, models: Path, *, again: bool, by_name: bool) -> int:
    """`by_name`: the server looks in `models` by itself, so that the name is enough."""
    try:
        entry = find(name)
    except ValueError as error:
        _complain(str(error))
        return EXIT_USAGE
    target = target_dir(entry, models)
    if again or find_problem_of(entry, models):
        where = f"{entry.repository} at {entry.revision}" if entry.repository else "packages"
        print(f"{entry.key}: {where}, licence: {entry.licence}")
        progress = Progress()
        try:
            target = pull(entry, models, progress)
        finally:
            progress.close()
    else:
        print(f"{entry.key} is in {target} and complete; --again fetches it again")
    for line in licence_lines(target):
        print(f"licence, as its model card has it: {printable(line)}")
    print(_use(entry, models, by_name))
    return 0


def _complain(text: str) -> None:
    """It may hold words of a hub or an index."""
    print(printable_lines(f"media-server models: {text}"), file=sys.stderr)


def licence_lines(target: Path) -> list[str]:
    """What the model card says of its licence."""
    for name in ("MODEL_CARD", "README.md"):
        card = target / name
        if card.is_file():
            text = card.read_text("utf-8", "replace")
            return [match.strip() for match in _LICENCE_LINE.findall(text)][:3]
    return []


def _use(entry: Entry, models: Path, by_name: bool) -> str:
    if by_name and (entry.kind == MOONSHINE or entry.key in (BEST, SMALL)):
        return "the server takes it by itself where no other recogniser is named"
    if entry.kind == PIPER:
        voice = entry.name if by_name else piper_model(models, entry.name).absolute()
        return f"use it with MEDIA_SERVER_TTS_PIPER_MODEL={voice}"
    where = entry.name if by_name else target_dir(entry, models).absolute()
    if entry.kind != WHISPER:
        return f"it is in {target_dir(entry, models).absolute()}"
    return f"use it with MEDIA_SERVER_STT_ENGINE=faster-whisper MEDIA_SERVER_STT_MODEL_DIR={where}"


def _row(entry: Entry, models: Path) -> dict[str, object]:
    problem = find_problem_of(entry, models)
    return {
        "name": entry.key,
        "kind": entry.kind,
        "size_mb": entry.size_mb,
        "licence": entry.licence,
        "note": entry.note,
        "repository": entry.repository,
        "revision": entry.revision,
        "here": target_dir(entry, models).is_dir(),
        "problem": problem,
    }
