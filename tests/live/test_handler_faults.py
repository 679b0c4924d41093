"""An exception in any handler, injected by name, costs at most that one event."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from media_server.audio.receiver import AudioReceiver
from media_server.dialects import native
from media_server.interview import effects, machine
from media_server.live.candidate_view import CandidateView
from media_server.live.connection import Connection
from media_server.live.effect_runner import EffectRunner
from media_server.live.intake import AudioIntake
from tests.live.bench import open_bench

pytestmark = pytest.mark.virtual_time

HANDLERS = (
    (AudioReceiver, "receive"),
    (Connection, "on_text"),
    (Connection, "on_playout"),
    (AudioIntake, "_handle_one"),
    (CandidateView, "tell"),
    (EffectRunner, "run"),
    (native, "momentary"),
    (native, "durable"),
    (effects, "effects"),
    (machine, "decide"),
)


@pytest.mark.parametrize(("owner", "name"), HANDLERS, ids=[name for _, name in HANDLERS])
async def test_the_interview_goes_on(
    owner: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bench(tmp_path) as bench:
        guest = await bench.call(await bench.interview())
        guest.send("ready")
        await guest.listening(1)
        real = getattr(owner, name)
        raised: list[str] = []

        def faulty(*arguments: Any, **named: Any) -> Any:
            if not raised:
                raised.append(name)
                raise RuntimeError("injected")
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, faulty)
        guest.send("pace", pace="slower")
        guest.send("pace", pace="faster")
        guest.send("repeat")
        await bench.until(lambda: raised)
        for number in (1, 2, 3):
            for _ in range(3):  # what was lost with the fault is pressed again, as a person would
                guest.send("text_answer", text=f"Answer {number}, typed again if need be.")
                try:
                    if number < 3:
                        await guest.sees("question", number=number + 1, timeout_s=6)
                    else:
                        await guest.sees("completed", timeout_s=10)
                    break
                except AssertionError:
                    continue
            if any(m["type"] == "completed" for m in guest.messages):
                break
        await guest.sees("completed")
        await guest.candidate.leave()
