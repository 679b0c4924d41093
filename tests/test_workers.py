"""How many workers there are, and what each has of the settings."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from media_server import workers
from media_server.config import Config, ConfigError, with_changes
from media_server.roles import Role
from media_server.supervisor.parent import Unusable


def asked(*, number: int | None = None, no_supervisor: bool = False) -> argparse.Namespace:
    return argparse.Namespace(workers=number, no_supervisor=no_supervisor)


@pytest.mark.parametrize(
    ("cores", "recognisers", "threads", "fitting"),
    [(1, 1, 1, 1), (2, 1, 1, 1), (2, 0, 1, 1), (4, 1, 1, 2), (8, 2, 1, 5), (16, 2, 2, 11)],
)
def test_how_many_fit(cores: int, recognisers: int, threads: int, fitting: int) -> None:
    config = with_changes(Config(), "stt", workers=recognisers, threads=threads)
    assert workers.fitting(config, cores) == fitting
    assert workers.fitting(with_changes(config, "rtc", port=50_000), cores) == 1


def test_the_command_line_comes_before_the_settings() -> None:
    config = with_changes(Config(), "process", workers=3)
    assert workers.asked_for(config, asked()).process.workers == 3
    assert workers.asked_for(config, asked(number=2)).process.workers == 2
    assert workers.asked_for(Config(), asked(no_supervisor=True)).process.workers == 1
    with pytest.raises(ConfigError, match="not between"):
        workers.asked_for(config, asked(number=65))
    with pytest.raises(ConfigError, match="need the supervisor"):
        workers.asked_for(config, asked(no_supervisor=True))


def test_ports_of_workers() -> None:
    config = with_changes(with_changes(Config(), "rtc", port=50_000), "http", metrics_port=9464)
    third = workers.of_worker(config, Role("worker", 3, Path("/run/x")))
    assert (third.rtc.port, third.http.metrics_port) == (50_002, 0)
    assert workers.of_worker(config, Role()) is config
    high = with_changes(with_changes(config, "rtc", port=65_535), "process", workers=2)
    with pytest.raises(ConfigError, match="MEDIA_SERVER_RTC_PORT=65534"):
        workers.asked_for(high, asked())


def test_with_a_queue_elsewhere_no_worker_has_recognisers() -> None:
    config = with_changes(Config(), "stt", redis_url="redis://localhost/0", workers=2)
    assert workers.of_worker(config, Role("worker", 1, Path("/run/x"))).stt.workers == 0
    assert workers.of_worker(config, Role()).stt.workers == 2


TWO = with_changes(Config(), "process", workers=2)


@pytest.mark.parametrize(
    ("section", "changes", "named"),
    [
        ("store", {"data_dir": Path("/other")}, "DATA_DIR"),
        ("store", {"store_url": "redis://localhost/0"}, "MEDIA_SERVER_STORE_URL"),
        ("stt", {"redis_url": "redis://localhost/0"}, "MEDIA_SERVER_STT_REDIS_URL"),
        ("stt", {"workers": 0, "redis_url": "redis://localhost/0"}, "MEDIA_SERVER_STT_WORKERS"),
        ("rtc", {"port": 50_000}, "MEDIA_SERVER_RTC_PORT"),
        ("http", {"metrics_port": 9464}, "MEDIA_SERVER_METRICS_PORT"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_old_and_new_processes_must_agree_on(
    section: str, changes: dict[str, object], named: str
) -> None:
    with pytest.raises(Unusable, match=f"{named}.* restart the server"):
        workers.check(TWO, lambda: with_changes(TWO, section, **changes))


def test_what_new_processes_may_have_for_themselves() -> None:
    new = with_changes(TWO, "stt", workers=TWO.stt.workers + 1)
    new = with_changes(new, "process", workers=0, supervise=False)
    workers.check(TWO, lambda: with_changes(new, "http", port=4321))


def refuses(error: Exception) -> Callable[[], Config]:
    def read() -> Config:
        raise error

    return read


@pytest.mark.parametrize(
    "error",
    [ConfigError(["PORT: none is no number"]), ValueError("PORT: out of range"), OSError("PORT")],
    ids=lambda error: type(error).__name__,
)
def test_settings_that_cannot_be_read_replace_nothing(error: Exception) -> None:
    with pytest.raises(Unusable, match="PORT"):
        workers.check(TWO, refuses(error))
