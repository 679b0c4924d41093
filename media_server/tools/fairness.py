"""`media-server fairness`: whether groups of people fare alike, from the results of interviews."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from media_server.terminal import can_move, printable
from media_server.tools import fairness_data as data

EXIT_FAILED = 1
AGAIN_S = 0.1
"""A terminal is written to no more often."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = (
        "exit codes: 0 the report was made, whatever it says; 1 a file cannot be read or written\n"
        "what its figures mean: docs/fairness.md"
    )
    parser.add_argument(
        "--results",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of results as JSON, one file each; two files of one interview are compared",
    )
    parser.add_argument(
        "--groups",
        type=Path,
        metavar="FILE.csv",
        help="interview_id or candidate_external_id, then one column for each way to group people",
    )
    parser.add_argument(
        "--references",
        type=Path,
        metavar="FILE.csv",
        help="interview_id, prompt_id, text: what was truly said, for the share of wrong words",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write a page with plots there")


def run(args: argparse.Namespace) -> int:
    from media_server.tools import fairness_page, fairness_report, fairness_words  # noqa: PLC0415

    progress = Progress()
    try:
        references = data.references(args.references) if args.references else {}
        groups = data.groups(args.groups) if args.groups else None
        read = data.results(args.results, references, progress.of("reading results"))
        made = fairness_report.report(read, groups, told=progress.of("comparing groups"))
        progress.clear()
        if args.json:
            text = json.dumps(finite(asdict(made)), ensure_ascii=False, indent=2, allow_nan=False)
            args.json.write_text(text + "\n", "utf-8")
        if args.html:
            args.html.write_text(fairness_page.page(made), "utf-8")
    except data.Unreadable as error:
        progress.clear()
        print(f"fairness: {printable(str(error))}", file=sys.stderr)
        return EXIT_FAILED
    except OSError as error:
        progress.clear()
        print(f"fairness: {printable(str(error.filename))}: {error.strerror}", file=sys.stderr)
        return EXIT_FAILED
    for line in fairness_words.lines(made):
        print(printable(line))
    return 0


class Progress:
    """One line on a terminal that says how far it is, written over and in the end wiped; elsewhere
    nothing, so that no log is full of it."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._moves = can_move(self._out)
        self._told_s = -math.inf
        self._shown = 0

    def of(self, what: str) -> Callable[[int, int], None]:
        """To be called with how much is done and how much there is, as often as anybody likes."""

        def told(done: int, total: int) -> None:
            now_s = time.monotonic()
            if self._moves and now_s - self._told_s >= AGAIN_S:
                self._told_s = now_s
                self._say(f"{what}: {100 * done // max(1, total)} %")

        return told

    def clear(self) -> None:
        if self._shown:
            self._say("")
            self._out.write("\r")

    def _say(self, line: str) -> None:
        self._out.write("\r" + line.ljust(self._shown))
        self._out.flush()
        self._shown = len(line)


def finite(value: Any) -> Any:
    """As JSON can say it: an endless bound becomes null."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
