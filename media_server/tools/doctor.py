"""`media-server doctor`: what works on this machine, what does not, and how to fix each."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict

from media_server.audio import opus
from media_server.audio.gate import factory as gates
from media_server.config import Config
from media_server.llm import checking as llm
from media_server.model_files import models_dir, pulled, unfinished
from media_server.ports import EngineUnavailable, StoreUnavailable
from media_server.redis_link.failures import RedisFailure
from media_server.redis_link.urls import place_of
from media_server.store.factory import create_stores
from media_server.stt import factory as stt
from media_server.stt.remote.redis_streams import connect as queue_link
from media_server.stt_choice import MEND
from media_server.terminal import can_write, is_terminal, paint_for, width_of
from media_server.tools.doctor_network import browser, http, media
from media_server.tools.doctor_report import SIGNS, Finding, Level, Looks, report
from media_server.tools.doctor_speed import recogniser_speed
from media_server.tools.model_catalogue import entry_of
from media_server.tools.model_download import find_problem_of
from media_server.tts import factory as tts
from media_server.turn_model import smart_turn

_MIN_FREE_BYTES = 1 << 30


def run_doctor(config: Config, as_json: bool) -> int:
    """Print the findings as they come; 1 when something fails, else 0."""
    if as_json:
        findings = list(examine(config))
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
        return int(any(finding.level == "fail" for finding in findings))
    failed = False

    def seen() -> Iterator[Finding]:
        nonlocal failed
        for finding in examine(config):
            failed = failed or finding.level == "fail"
            yield finding

    out = sys.stdout
    looks = Looks(paint_for(out), width_of(out), signs=can_write(out, SIGNS) and is_terminal(out))
    for line in report(seen(), looks):
        print(line, flush=True)
    return int(failed)


def examine(config: Config) -> Iterator[Finding]:
    """Every check; a check that itself breaks is a finding, too."""
    checks: tuple[Callable[[Config], Iterable[Finding]], ...] = (
        _python, _codec, _speech_gate, _end_of_turn, _data_dir, _recogniser, _voice, _models,
        _language_model, _store, _recordings, _queue, http, media, browser,
    )  # fmt: skip
    for check in checks:
        try:
            yield from check(config)
        except Exception as error:
            name = check.__name__.strip("_")
            yield Finding(name, "fail", f"the check failed: {type(error).__name__}: {error}")


def _python(config: Config) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", "ok", version)
    cores, wanted = os.cpu_count() or 1, config.stt.workers * config.stt.threads
    level: Level = "ok" if wanted < cores or cores == 1 else "warn"
    yield Finding(
        "processor",
        level,
        f"{cores} cores, {config.stt.workers} recogniser workers of {config.stt.threads} threads",
        "leave one core to the media loop: fewer MEDIA_SERVER_STT_WORKERS or _THREADS",
    )


def _codec(_config: Config) -> Iterator[Finding]:
    try:
        yield Finding("opus", "ok", f"libopus from {opus.library_name()}")
    except opus.OpusUnavailable as error:
        yield Finding("opus", "fail", str(error), "apt-get install libopus0")


def _speech_gate(config: Config) -> Iterator[Finding]:
    name = config.live.speech_gate
    if problem := gates.problem_of(name):
        why = f"{name} cannot be used, webrtc serves: soft words and noisy rooms are harder for it"
        yield Finding("speech gate", "warn", why, problem)
    else:
        yield Finding("speech gate", "ok", name)


def _end_of_turn(config: Config) -> Iterator[Finding]:
    folder = config.live.end_of_turn_model
    if not folder:
        return
    if problem := smart_turn.find_problem(folder):
        why = "the model cannot be used: silence and words decide alone"
        yield Finding("end of turn", "warn", why, problem)
    else:
        yield Finding("end of turn", "ok", folder)


def _recogniser(config: Config) -> Iterator[Finding]:
    for warning in config.recogniser.warnings if config.recogniser else ():
        yield Finding("recogniser", "warn", warning)
    findings = stt.check(config.stt)
    for finding in findings:
        level: Level = "ok" if finding.usable else "fail"
        if finding.usable and finding.engine == "pocketsphinx":
            level = "warn"
        yield Finding(
            "recogniser",
            level,
            f"{finding.engine}: {finding.detail}",
            f"for real interviews: `{MEND}`",
        )
    yield from recogniser_speed(config)


def _voice(config: Config) -> Iterator[Finding]:
    for finding in tts.check(config.tts):
        yield Finding("voice", finding.level, f"{finding.name}: {finding.what}", finding.mend)


def _models(config: Config) -> Iterator[Finding]:
    folder = models_dir(config.store.data_dir)
    complete: list[str] = []
    for kind, name in pulled(folder):
        problem = find_problem_of(entry_of(kind, name), folder)
        if problem:
            mend = f"media-server models pull {entry_of(kind, name).key}"
            yield Finding("models", "warn", f"{name} is not complete: {problem}", mend)
        else:
            complete.append(name)
    for kind, name in unfinished(folder):
        key = entry_of(kind, name).key
        yield Finding(
            "models", "warn", f"{key} was not fetched to its end",
            f"media-server models pull {key} goes on; or delete {folder / '.partial'}",
        )  # fmt: skip
    if complete:
        yield Finding("models", "ok", f"pulled: {', '.join(complete)}")


def _language_model(config: Config) -> Iterator[Finding]:
    for finding in asyncio.run(llm.check(config.llm)):
        yield Finding(
            "language model", finding.level, f"{finding.name}: {finding.what}", finding.mend
        )


def _data_dir(config: Config) -> Iterator[Finding]:
    path = config.store.data_dir
    where = path.absolute()
    existing = next(p for p in (where, *where.parents) if p.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"x")
    except OSError as error:
        yield Finding(
            "data", "fail", f"{where} cannot be written: {error.strerror}",
            "set DATA_DIR to a directory that this user may write",
        )  # fmt: skip
        return
    free = shutil.disk_usage(existing).free
    yield Finding(
        "data",
        "ok" if free > _MIN_FREE_BYTES else "warn",
        f"{where}, {free / 1e9:.1f} GB free",
        "an hour of audio takes about 15 MB; make room or set DATA_DIR elsewhere",
    )


def _store(config: Config) -> Iterator[Finding]:
    if not config.store.uses_redis:
        yield Finding("store", "ok", "SQLite in DATA_DIR, for one machine")
        return

    async def open_and_close() -> None:
        stores = create_stores(config.store)
        await stores.open()
        await stores.close()

    try:
        asyncio.run(open_and_close())
    except StoreUnavailable as error:
        yield Finding("store", "fail", str(error), "see MEDIA_SERVER_STORE_URL")
    else:
        yield Finding("store", "ok", "Redis answers")


def _recordings(config: Config) -> Iterator[Finding]:
    if not config.store.blobs_url:
        yield Finding("recordings", "ok", "files in DATA_DIR/recordings")
        return
    from media_server.store.blobs.probe import probe  # noqa: PLC0415  # loads the client

    try:
        asyncio.run(probe(config.store))
    except (StoreUnavailable, ValueError) as error:
        yield Finding("recordings", "fail", str(error), "see MEDIA_SERVER_BLOBS_URL")
    else:
        yield Finding("recordings", "ok", "object storage: written, listed, read and deleted")


def _queue(config: Config) -> Iterator[Finding]:
    """Nothing where the recognisers of this machine are used without one."""
    if not config.stt.redis_url:
        return

    async def ask() -> None:
        link = queue_link(config.stt.redis_url, logs=False)
        try:
            await link.do("PING")
        finally:
            await link.close()

    try:
        asyncio.run(ask())
    except EngineUnavailable as error:
        yield Finding("stt queue", "fail", str(error))
    except RedisFailure as failure:
        yield Finding("stt queue", "fail", failure.named)
    else:
        where = place_of(config.stt.redis_url)
        yield Finding("stt queue", "ok", f"Redis at {where} answers")
