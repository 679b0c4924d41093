"""What the doctor finds out about the recogniser by running it: is this machine fast enough?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from media_server.config import Config
from media_server.stt import speed
from media_server.stt.engines.measuring import Measured, measure
from media_server.stt.settings import WHISPER
from media_server.stt.whisper_files import missing_files
from media_server.tools.doctor_report import Finding


def recogniser_speed(config: Config) -> Iterator[Finding]:
    """Nothing where no Whisper model is used, or it is not whole. Loads the model elsewhere."""
    stt = config.stt
    if WHISPER not in stt.engines or not stt.workers or missing_files(stt.model_dir):
        return
    first = measure(stt, stt.model_dir)
    if first.cpu_per_s is None:
        yield Finding(
            "recogniser", "warn", f"Whisper {first.model} was not measured: {first.problem}",
            "see whether this machine has memory for the model, or take a smaller one",
        )  # fmt: skip
        return
    if first.cpu_per_s <= stt.slow_cpu_s:
        yield Finding("recogniser", "ok", said(first, stt.compute_type))
        return
    name = Path(stt.slow_model_dir).name or "tiny.en"
    yield Finding(
        "recogniser", "warn", f"{said(first, stt.compute_type)}: too slow for this machine",
        f"close what else computes here, or for English `media-server models pull {name}`",
    )  # fmt: skip
    if stt.slow_model_dir and not missing_files(stt.slow_model_dir):
        second = measure(stt, stt.slow_model_dir)
        if second.cpu_per_s is not None:
            told = said(second, stt.compute_type)
            yield Finding("recogniser", "ok", f"for English instead: {told}")


def said(found: Measured, compute_type: str) -> str:
    """ "Whisper base (int8): 0.08 s of CPU per second of speech, so that ..."."""
    cost = found.cpu_per_s or 0.0
    number = f" ({compute_type})" if compute_type not in ("default", "auto", "") else ""
    count = speed.candidates(cost)
    carries = f"about {count} talking candidates" if count > 1 else "one talking candidate"
    if not count:
        carries = "no talking candidate without delay"
    return (
        f"Whisper {found.model}{number}: {cost:.2f} s of CPU per second of speech, so that one "
        f"core carries {carries}, interims not counted; `media-server bench` tells what the "
        "whole machine carries"
    )
