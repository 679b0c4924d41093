"""The models that a server uses without being told: fetched where they are missing.

Set-up calls it, so it never fails: what cannot be had is said once, with what stands in and the
command that fetches it. Where everything is there, no network is asked.
"""

from __future__ import annotations

import sys
from pathlib import Path

from media_server.config import Config
from media_server.stt import speed
from media_server.stt_choice import BEST, SMALL
from media_server.terminal import printable
from media_server.tools.model_catalogue import CATALOGUE, Entry
from media_server.tools.model_download import find_problem_of, pull
from media_server.tools.model_failure import PullFailed
from media_server.tools.model_pace import HURRIED
from media_server.tools.model_progress import Progress

RUN = (BEST, "moonshine-tiny-en")
TESTS = (SMALL, "kokoro", "smart-turn")
_INSTEAD = {
    BEST: "pocketsphinx stands in, which gets about half of the words wrong",
    "moonshine-tiny-en": "interims come from the recogniser of the finals",
    "kokoro": "hibari speaks",
    "smart-turn": "silence and words decide when a turn is over",
    SMALL: f"English stays with Whisper {BEST}, which is too slow for this machine",
}


def set_up(config: Config, models: Path, *, tests: bool) -> int:
    """Always 0. `tests`: in a checkout, whatever the settings say."""
    missing = [entry for entry in wanted(config, tests=tests) if find_problem_of(entry, models)]
    for number, entry in enumerate(missing):
        progress = Progress()
        if not number:
            _say(f"fetching {', '.join(map(_sized, missing))} into {models}, once")
        try:
            pull(entry, models, progress, HURRIED)
        except PullFailed as failed:
            progress.close()
            _say(f"{entry.title} could not be fetched: {failed}")
            for left in missing[number:]:
                instead = "tests that need it skip" if tests else _INSTEAD[left.key]
                _say(f"without {left.title}, {instead}")
            _say(f"to try again: media-server models pull {entry.key}")
            break  # nobody waits for every source once more
        finally:
            progress.close()
    return 0


def wanted(config: Config, *, tests: bool) -> list[Entry]:
    """Nothing for a server whose operator has named the recogniser or its model."""
    if tests:
        return [CATALOGUE[key] for key in (*RUN, *TESTS)]
    if config.recogniser is None or config.recogniser.asked.model_dir or not config.stt.workers:
        return []
    return [CATALOGUE[key] for key in (*RUN, *((SMALL,) if _needs_small(config) else ()))]


def _needs_small(config: Config) -> bool:
    """A worker has found the best one too slow here, and the small one would be taken instead."""
    stt = config.stt
    if (Path(stt.model_dir).name, Path(stt.slow_model_dir).name) != (BEST, SMALL):
        return False
    cost = speed.remembered(stt, of_any_age=True)
    return cost is not None and cost > stt.slow_cpu_s


def _sized(entry: Entry) -> str:
    size = entry.mirror.size / 1e6 if entry.mirror else entry.size_mb
    return f"{entry.title} ({size:.0f} MB)"


def _say(text: str) -> None:
    print(printable(f"setup: {text}"), file=sys.stderr)
