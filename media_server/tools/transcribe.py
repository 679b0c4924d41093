"""`media-server transcribe ID`: writes down what the recogniser gave up while the interview ran.

Segments stay `untranscribed` when every delivery of their job failed or nobody recognised. Their
audio is kept; this tool takes the interview's lease, has them recognised with the configured
engine and appends the words, so that the result is complete.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

from media_server import config as configuration
from media_server.config import Config
from media_server.live.retranscribe import (
    CannotTranscribeLater,
    Retranscription,
    fold,
    open_segments,
    transcribe_later,
)
from media_server.ports import EngineUnavailable, SpeechToText, StoreUnavailable
from media_server.store.factory import Stores, create_stores
from media_server.stt.factory import create_speech_to_text
from media_server.wall_clock import process_clock

EXIT_FAILED = 1
NOBODY_S = 30.0
"""So long without a recogniser, and it is given up: whoever typed the command waits for it."""
LOOK_EVERY_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the interview; nobody may have it open")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file (or MEDIA_SERVER_CONFIG=FILE)"
    )
    parser.add_argument("--check", action="store_true", help="only say what is untranscribed")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")


def run(args: argparse.Namespace) -> int:
    """0: nothing is untranscribed any more. Raises ConfigError."""
    config = configuration.load_config(file=args.config)
    try:
        return asyncio.run(_run(args, config))
    except (CannotTranscribeLater, EngineUnavailable, StoreUnavailable) as error:
        print(f"media-server transcribe: {error}", file=sys.stderr)
        return EXIT_FAILED


async def _run(args: argparse.Namespace, config: Config) -> int:
    stores = create_stores(config.store)
    try:
        await stores.open()
        state = (await fold(stores.log, args.id)).state
        missing = open_segments(state)
        if args.check:
            for segment in missing:
                print(
                    f"{segment.segment_id}  {segment.start_s:.1f} to {segment.end_s:.1f} s  "
                    f"{segment.untranscribed}"
                )
        if not missing or args.check:
            print(f"{len(missing)} segments of {args.id} are untranscribed", file=sys.stderr)
            return EXIT_FAILED if missing else 0
        late = await _transcribe(args.id, config, stores)
    finally:
        await stores.close()
    return _report(args.id, late, as_json=args.json)


async def _transcribe(interview_id: str, config: Config, stores: Stores) -> Retranscription:
    stt = create_speech_to_text(config.stt)

    def tell(late: Retranscription) -> None:
        done = late.written + len(late.failed)
        print(f"{done} of {late.wanted} segments", file=sys.stderr)

    try:
        await stt.start()
        work = transcribe_later(
            interview_id,
            log=stores.log,
            spool=stores.spool,
            blobs=stores.blobs,
            stt=stt,
            clock=process_clock(),
            settings=config.live,
            # Only a server that has heard the audio knows that nothing else in it is owed.
            tidies=lambda _state: False,
            on_done=tell,
        )
        # Our own workers may have to load their model again.
        loading_s = config.stt.start_timeout_s if config.stt.workers else 0.0
        return await _while_somebody_works(work, stt, NOBODY_S + loading_s)
    finally:
        await stt.close()


async def _while_somebody_works(
    work: Coroutine[Any, Any, Retranscription], stt: SpeechToText, patience_s: float
) -> Retranscription:
    """Raises CannotTranscribeLater when for `patience_s` there is nobody to do it."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    somebody_s = loop.time()
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=LOOK_EVERY_S)
            if done:
                return task.result()
            status = stt.status()
            if status.workers_ready and not (status.saturated and status.trouble):
                somebody_s = loop.time()
            elif loop.time() - somebody_s > patience_s:
                raise CannotTranscribeLater(
                    f"no speech recogniser for {patience_s:.0f} s: {status.trouble}; what is "
                    "written so far stays, run it again then"
                )
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _report(interview_id: str, late: Retranscription, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"interview": interview_id, **asdict(late)}))
    else:
        print(f"{late.written} of {late.wanted} segments of {interview_id} are written down now")
    for segment_id, reason in late.failed.items():
        print(f"{segment_id} still is not: {reason}", file=sys.stderr)
    return EXIT_FAILED if late.failed else 0
