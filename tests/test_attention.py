"""What an operator is shown to look at, and the answers of several workers as one."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from media_server.attention import Watched, signs, worst
from media_server.load_history import EVERY_S, KEPT_S, LoadHistory
from media_server.merged_operations import merged, merged_turns
from media_server.ports import Readiness, StoreFigures, SttStatus
from tests.signaling import loads

READY = Readiness(True, (), 3, 50)
BUSY = Readiness(
    False, ("97% of the CPU", "full: 50 of 50"), 50, 50, waits=True, kinds=("cpu", "full")
)
LATE = Readiness(False, ("60 ms late",), 3, 50, waits=True, kinds=("loop_lag",))
WELL = Watched(
    readiness=READY,
    load=loads.of(READY),
    stt=SttStatus(2, 2, 0, 0.0, "whisper", "tiny", ""),
    store=StoreFigures({}, {"store_ready": 1, "disk_free_bytes": 9e10}),
    model_left_alone=False,
    restarts={"hung": 0, "killed": 0, "exited": 0},
    restarted_ago_s=None,
    recent_stalls=0,
)


def changed(**how: Any) -> Watched:
    """`load__x`, `stt__x`: a field of that part."""
    parts: dict[str, Any] = {}
    for name, value in how.items():
        part, _, field = name.partition("__")
        if field:
            old = parts.get(part, getattr(WELL, part))
            parts[part] = dataclasses.replace(old, **{field: value})
        else:
            parts[name] = value
    return dataclasses.replace(WELL, **parts)


def test_nothing_is_said_of_a_server_that_is_well() -> None:
    assert signs(WELL) == ()
    assert worst(()) == "good"


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        (changed(load__loop_lag_p99_s=0.06), [("warn", "loop_late")]),
        (changed(load__loop_lag_p99_s=0.25), [("bad", "loop_late")]),
        (changed(load__stt_wait_s=4.0), [("warn", "stt_behind")]),
        (changed(load__stt_wait_s=float("inf")), [("bad", "stt_behind")]),
        (changed(load__machine_cpu=0.97), [("warn", "cpu")]),
        (changed(load__memory_available_bytes=1 << 20), [("warn", "memory")]),
        (changed(load__memory_available_bytes=0), []),
        (changed(load__open_files=900), [("warn", "files")]),
        (changed(load__refuses=("late",)), [("warn", "refuses")]),
        (changed(stt__workers_ready=1), [("warn", "stt_workers")]),
        (changed(model_left_alone=True), [("warn", "model")]),
        (changed(recent_stalls=11), [("warn", "stalls")]),
        (changed(restarts={"hung": 1}, restarted_ago_s=30.0), [("warn", "restarted")]),
        (changed(restarts={"hung": 1}, restarted_ago_s=4000.0), []),
        (changed(restarts={"hung": 0}, restarted_ago_s=None), []),
        (changed(store=StoreFigures({}, {"spool_failing": 1})), [("bad", "spool")]),
        (changed(store=StoreFigures({}, {"disk_free_bytes": 1e9})), [("warn", "disk")]),
        (changed(store=StoreFigures({}, {"interviews_damaged": 2})), [("warn", "damaged")]),
        (
            changed(readiness=Readiness(False, ("full: 50 of 50",), 50, 50, full=True)),
            [("warn", "not_ready")],
        ),
        (changed(readiness=Readiness(False, ("no disk",), 0, 50)), [("bad", "not_ready")]),
        (changed(readiness=BUSY), [("warn", "cpu"), ("warn", "not_ready")]),
        (
            changed(readiness=BUSY, load__machine_cpu=0.99),
            [("warn", "cpu"), ("warn", "not_ready")],
        ),
        (
            changed(readiness=LATE, load__loop_lag_p99_s=0.06),
            [("warn", "loop_late")],
        ),
        (
            changed(readiness=LATE, load__loop_lag_p99_s=0.25),
            [("bad", "loop_late"), ("warn", "loop_late")],
        ),
        (changed(readiness=Readiness(True, (), 0, 50, notices=("look",))), [("warn", "notice")]),
    ],
)
def test_each_trouble_is_named(watched: Watched, expected: list[tuple[str, str]]) -> None:
    found = signs(watched)
    assert [(sign.level, sign.code) for sign in found] == expected
    assert all(sign.text for sign in found)


def test_the_bad_comes_first_and_a_reason_once() -> None:
    load = {"load__machine_cpu": 0.97, "load__refuses": ("no disk",)}
    watched = changed(readiness=Readiness(False, ("no disk",), 0, 50), **load)
    found = signs(watched)
    assert [sign.code for sign in found] == ["not_ready", "cpu"]
    assert worst(found) == "bad"


def answer(now: str, *numbers: int, silent: tuple[int, ...] = ()) -> dict[str, Any]:
    workers = [{"number": number, "now": now} for number in numbers]
    return {"now": now, "workers": workers, "silent": list(silent)}


def test_workers_are_merged_in_their_order() -> None:
    found = merged([answer("2026-01-01T00:00:02Z", 3), answer("2026-01-01T00:00:01Z", 1)], (2,))
    assert [worker["number"] for worker in found["workers"]] == [1, 3]
    assert (found["now"], found["silent"]) == ("2026-01-01T00:00:02Z", [2])
    again = merged([found, answer("2026-01-01T00:00:03Z", 2)])
    assert [worker["number"] for worker in again["workers"]] == [1, 2, 3]
    assert again["silent"] == [], "it has answered since"


def test_the_slowest_turns_of_all_are_kept() -> None:
    parts = [
        {"now": "b", "turns": [{"waited_s": 3.0}, {"waited_s": 0.5}]},
        {"now": "a", "turns": [{"waited_s": 1.0}]},
    ]
    assert merged_turns(parts, 2) == {"now": "b", "turns": [{"waited_s": 3.0}, {"waited_s": 1.0}]}


def test_ten_minutes_are_kept() -> None:
    history = LoadHistory()
    for number in range(500):
        history.add(number * EVERY_S, WELL.load)
    samples = history.samples()
    assert len(samples) == KEPT_S / EVERY_S
    assert samples[-1].at_s - samples[0].at_s == KEPT_S - EVERY_S
