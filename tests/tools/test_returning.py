"""When `simulate` tries again: by the page's figures, and never for ever."""

from __future__ import annotations

import re
from types import SimpleNamespace

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.tools import returning, simulation_line
from media_server.tools.headless import HeadlessCandidate
from media_server.tools.returning import CallLost, first_wait_s, meaning_of, next_wait_s
from media_server.tools.simulation_line import Line, SimulationFailed
from tests.support.env import REPOSITORY, free_port

PAGE = (REPOSITORY / "client/sdk/reconnect.js").read_text("utf-8")


@pytest.mark.parametrize(
    ("page", "ours"),
    [
        ("HEARTBEAT_MS", returning.HEARTBEAT_S),
        ("SUSPECT_MS", returning.SUSPECT_S),
        ("GONE_MS", returning.GONE_S),
        ("SOON_MS", returning.SOON_S),
        ("FIRST_MS", returning.FIRST_S),
        ("CAP_MS", returning.CAP_S),
    ],
)
def test_the_figures_are_the_pages(page: str, ours: float) -> None:
    found = re.search(rf"const {page} = ([\d_]+);", PAGE)
    assert found is not None
    assert int(found[1]) / 1000 == ours


@given(attempts=st.integers(1, 50), asked=st.none() | st.floats(0, 75), chance=st.floats(0, 0.999))
def test_a_wait_is_bounded_and_never_undercuts_the_server(
    attempts: int, asked: float | None, chance: float
) -> None:
    wait_s = next_wait_s(attempts, asked, chance)
    assert wait_s >= max(0.25, asked or 0)
    assert wait_s <= max(returning.CAP_S, 1.25 * (asked or 0))


def test_only_who_is_sent_away_waits_before_the_first_attempt() -> None:
    assert first_wait_s("cut", 0.9) == first_wait_s("silent", 0.9) == 0.0
    assert 0.1 < first_wait_s("moved", 0.0) < first_wait_s("moved", 0.999) < returning.SOON_S


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (0, "", "again"),
        (503, "worker_lost", "again"),
        (503, "elsewhere", "again"),
        (429, "too_many_requests", "again"),
        (409, "replaced", "again"),
        (500, "", "again"),
        (401, "invalid_token", "token"),
        (409, "superseded", "final"),
        (410, "interview_over", "final"),
        (404, "unknown_link", "final"),
    ],
)
def test_what_a_refusal_means(status: int, code: str, meaning: str) -> None:
    assert meaning_of(status, code) == meaning


def nobody() -> HeadlessCandidate:
    raise AssertionError("there is no token to call with")


async def test_it_gives_up_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at this port."""
    monkeypatch.setattr(simulation_line, "BACK_S", 2.0)
    told: list[str] = []
    clock = SimpleNamespace(now_s=0.0)
    monkeypatch.setattr(simulation_line, "time", SimpleNamespace(monotonic=lambda: clock.now_s))

    def say(text: str) -> None:
        told.append(text)
        clock.now_s += 0.5

    url = f"http://127.0.0.1:{free_port()}"
    line = Line(url, None, nobody, say, base=url)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(SimulationFailed, match="not back within 2 s of a lost call: Cannot"):
            await line.back(session, CallLost("cut"))
    assert told[0] == "the call was cut: connecting again"
    assert sum(text.startswith("attempt ") for text in told) >= 2
