"""The table of attempts, what an answer means, and what a receiver may ask for."""

from __future__ import annotations

import pytest

from media_server.webhooks import retry
from media_server.webhooks.retry import DELAYS_S, MAX_ATTEMPTS, Next, after, retry_after_s


def test_the_table_is_that_of_the_specification() -> None:
    waits = [after(n, 500, chance=0.0).after_s for n in range(1, MAX_ATTEMPTS)]
    assert waits == list(DELAYS_S)
    assert sum(DELAYS_S) == pytest.approx(3 * 86_400, rel=0.06)
    assert after(MAX_ATTEMPTS, 500, chance=0.0) == Next("failed")


def test_jitter_only_makes_it_later_and_never_by_much() -> None:
    for n in range(1, MAX_ATTEMPTS):
        least, most = after(n, None, chance=0.0).after_s, after(n, None, chance=1.0).after_s
        assert least < after(n, None, chance=0.5).after_s < most <= least * (1 + retry.JITTER)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_done(status: int) -> None:
    assert after(1, status, chance=0.5) == Next("delivered")


@pytest.mark.parametrize("status", [None, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_anything_else_is_tried_again(status: int | None) -> None:
    assert after(1, status, chance=0.0) == Next("retry", 5.0)


def test_gone_is_gone() -> None:
    assert after(1, 410, chance=0.0) == Next("gone")


def test_who_is_busy_may_ask_for_more_time_but_not_for_less_nor_for_ever() -> None:
    assert after(1, 429, chance=0.0, retry_after_s=60.0).after_s == 60.0
    assert after(1, 503, chance=0.0, retry_after_s=60.0).after_s == 60.0
    assert after(2, 503, chance=0.0, retry_after_s=1.0).after_s == 300.0
    assert after(1, 503, chance=0.0, retry_after_s=1e12).after_s == retry.MAX_RETRY_AFTER_S
    assert after(1, 500, chance=0.0, retry_after_s=60.0).after_s == 5.0, "only of 429 and 503"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("9" * 400, None),
        ("Tue, 99 Nov 2023 22:14:20 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_s(header, 1_700_000_000.0) == seconds
