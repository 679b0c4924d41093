"""`pytest --alone`: tests of real time that failed beside others run again, with none beside them.

`make test` runs some tests of real time at once, to be done sooner. One that then fails may have
waited for a processor in vain; whether the product is at fault shows when nothing else runs. Its
failure has been written whole and is named again at the end, to be looked into. Of all other tests
none gets another try, nor of more than `MOST`: then it is no accident.
"""

from __future__ import annotations

from collections.abc import Collection

import pytest

MOST = 2
_FAILED = "cache/lastfailed"  # pytest's own; only failing tests stand in it
_ids = pytest.StashKey[tuple[str, ...]]()


def add_option(parser: pytest.Parser) -> None:
    parser.addoption(
        "--alone",
        action="store_true",
        help="only the real-time tests that failed in the run before (tests/support/alone.py)",
    )


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves those that may run again. Ends the run, as failed, where there is one that may not."""
    if not config.getoption("alone"):
        return
    assert config.cache is not None
    failed: tuple[str, ...] = tuple(config.cache.get(_FAILED, {}))
    real_time = {item.nodeid for item in items if item.get_closest_marker("real_time")}
    if refusal := why_not(failed, real_time):
        pytest.exit(refusal, returncode=1)
    items[:] = [item for item in items if item.nodeid in failed]
    config.stash[_ids] = failed


def why_not(failed: Collection[str], real_time: Collection[str]) -> str:
    """Empty: they may run again."""
    if not failed:
        return "nothing failed that could run again"
    if others := sorted(set(failed) - set(real_time)):
        return f"not run again, for it needs no real time: {others[0]}"
    if len(failed) > MOST:
        return f"not run again: {len(failed)} tests failed, which is no accident"
    return ""


def summarize(reporter: pytest.TerminalReporter) -> None:
    for nodeid in reporter.config.stash.get(_ids, ()):
        reporter.write_line(f"failed beside others, then ran alone (look into it): {nodeid}")
