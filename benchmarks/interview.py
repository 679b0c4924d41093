"""One spoken interview with the real engines: dispatches, appends and delays.

.venv/bin/python -m benchmarks.interview [a.wav b.wav c.wav] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.recordings import FOLDER, require
from media_server.interview.spec import TurnSettings
from media_server.ports import EventLog
from media_server.stt.factory import create_speech_to_text
from media_server.stt.settings import SttSettings
from media_server.tools.wav import PLAYBACK_RATE, read
from media_server.tts.factory import create_text_to_speech
from media_server.tts.settings import TtsSettings
from tests.live.bench import make_spec, open_bench

_SPOKEN = [FOLDER / f"ls_1998-15444-000{number}.wav" for number in range(3)]


async def measure(wavs: list[Path], data_dir: Path) -> dict[str, Any]:
    spoken = [read(path) for path in wavs]
    stt = create_speech_to_text(SttSettings())
    tts = create_text_to_speech(TtsSettings(cache_dir=data_dir / "speech"))
    async with open_bench(data_dir, stt=stt, tts=tts) as bench:  # type: ignore[arg-type]
        appends = _count_appends(bench.services.log)
        interview_id = await bench.interview(make_spec(len(spoken), turn=TurnSettings()))
        appends.clear()
        began_s = time.monotonic()
        guest = await bench.call(interview_id)
        connect_ms = (time.monotonic() - began_s) * 1000
        guest.send("ready")
        delays_ms = []
        for number, utterance in enumerate(spoken, start=1):
            await guest.listening(number)
            heard = guest.candidate.packets_received
            guest.candidate.say(utterance.pcm, PLAYBACK_RATE)
            await asyncio.sleep(utterance.duration_s)
            ended_s = time.monotonic()
            while guest.candidate.packets_received == heard:
                await asyncio.sleep(0.005)
            delays_ms.append((time.monotonic() - ended_s) * 1000)
        counters, log_appends = dict(bench.service.sessions()[0].counters), len(appends)
        await guest.sees("completed", timeout_s=30)
        result = await bench.service.result(interview_id)
        await guest.candidate.leave()
    seconds = sum(utterance.duration_s for utterance in spoken)
    jobs = counters.get("stt_finals", 0) + counters.get("stt_interims", 0)
    return {
        "recordings": len(spoken),
        "speech_s": round(seconds, 1),
        "connect_ms": round(connect_ms, 1),
        "stt_finals": counters.get("stt_finals", 0),
        "stt_interims": counters.get("stt_interims", 0),
        "stt_jobs_per_speech_s": round(jobs / seconds, 2),
        "log_appends": log_appends,
        "log_appends_per_turn": round(log_appends / len(spoken), 2),
        "decision_to_first_packet_ms": result["latency"]["decision_to_first_audio_ms"],
        "recording_end_to_first_packet_ms": [round(d) for d in delays_ms],
    }


def _count_appends(log: EventLog) -> list[str]:
    """The operations that are appended from now on."""
    seen: list[str] = []
    append = log.append

    async def counted(interview_id: str, **named: Any) -> Any:
        seen.append(named["operation_id"])
        return await append(interview_id, **named)

    log.append = counted  # type: ignore[method-assign]
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wavs", nargs="*", type=Path, default=_SPOKEN)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    require(*arguments.wavs)
    with tempfile.TemporaryDirectory() as directory:
        figures = asyncio.run(measure(arguments.wavs, Path(directory)))
    for name, value in figures.items():
        print(f"{name:36} {value}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
