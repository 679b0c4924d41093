"""`media-server simulate`: a headless candidate over real WebRTC.

Joins the demo interview of a server (or a join link), waits for each question, answers it with a
recording or with a text of its own in another voice than the bot's, prints what happens as it
happens, and shows or writes the result. Where no server runs it starts one for the time. A call
that is lost is made again, as the page does it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp

from media_server.config import load_config
from media_server.terminal import printable
from media_server.tools import candidate_voice
from media_server.tools.dialogue import Dialogue
from media_server.tools.own_server import CannotStart, answers_at, own_server
from media_server.tools.replies import Recordings, Replies, Spoken
from media_server.tools.simulation import Simulation
from media_server.tools.simulation_line import SimulationFailed
from media_server.tools.simulation_summary import summary
from media_server.tools.two_sided_wav import TwoSidedWav
from media_server.tools.urls import join_link, server_url
from media_server.tools.wav import BadWav, Utterance, read
from media_server.tts.settings import TtsSettings

COMPLETED, NOT_COMPLETED, BAD_INPUT = 0, 1, 2
HTTP_TIMEOUT_S = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--url",
        type=server_url,
        default=os.environ.get("MEDIA_SERVER_URL") or None,
        help="the server (default: MEDIA_SERVER_URL, or the one at http://localhost:8080 (PORT); "
        "where none answers there, one is started for the time of the interview)",
    )
    add("--join", type=join_link, metavar="LINK", help="a join link, not the demo interview")
    add(
        "--answers",
        nargs="+",
        type=Path,
        default=[],
        metavar="WAV",
        help="what is said, one recording per question (WAV, 8 to 48 kHz); "
        "what is asked beside the questions is answered by text "
        "(default: texts of its own, spoken by another voice than the bot's)",
    )
    add("--ask-again", action="store_true",
        help='say "could you repeat that?" once before answering')  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="write the result here")
    add("--record", type=Path, metavar="FILE",
        help="write both sides here: WAV, the interviewer left, the candidate right")  # fmt: skip
    add("--api-key", help="for the result (default: MEDIA_SERVER_API_KEY, or DATA_DIR's key)")
    add("--timeout", type=float, default=900.0, metavar="S", help="give up after (%(default)g s)")


def run(args: argparse.Namespace) -> int:
    """0: completed. 1: not completed. 2: bad input, nothing was contacted."""
    try:
        recordings = [read(path) for path in args.answers]
    except BadWav as error:
        print(f"simulate: {error}", file=sys.stderr)
        return BAD_INPUT
    for path in filter(None, (args.json, args.record)):
        if path.is_dir() or not path.parent.is_dir():
            print(f"simulate: {path}: name a file in a folder that exists", file=sys.stderr)
            return BAD_INPUT
    settings = None if recordings else load_config().tts
    # What goes wrong is said in the dialogue, or with the exit code.
    logging.getLogger("media_server").addHandler(logging.NullHandler())
    try:
        return asyncio.run(_run(args, recordings, settings))
    except (SimulationFailed, CannotStart) as error:
        print(f"simulate: {printable(str(error))}", file=sys.stderr)  # a foreign server's words
        return NOT_COMPLETED
    except KeyboardInterrupt:
        print("\nsimulate: left the call; the interview waits for its candidate", file=sys.stderr)
        return NOT_COMPLETED


@asynccontextmanager
async def _server(args: argparse.Namespace, dialogue: Dialogue) -> AsyncIterator[str]:
    """The address to use; a server of our own where nobody named one and none is there."""
    usual = f"http://localhost:{os.environ.get('PORT') or 8080}"
    if args.url or args.join or await answers_at(usual):
        yield args.url or usual
        return
    dialogue.line("note", f"no server at {usual}: starting one for this interview")
    async with own_server() as url:
        yield url


async def _run(
    args: argparse.Namespace, recordings: Sequence[Utterance], settings: TtsSettings | None
) -> int:
    """`settings`: for the voice of a candidate without recordings."""
    dialogue = Dialogue(sys.stdout)

    async def make_replies(locale: str) -> Replies:
        if settings is None:
            return Recordings(recordings, locale)
        voice = await candidate_voice.find(settings, locale)
        who = voice.describe() if voice is not None else "none is installed, so it types"
        dialogue.line("note", f"the candidate's voice: {who}")
        return Spoken(voice, locale, asks_again=args.ask_again)

    recording = TwoSidedWav() if args.record else None
    timeout = aiohttp.ClientTimeout(total=HTTP_TIMEOUT_S)
    async with (
        _server(args, dialogue) as url,
        aiohttp.ClientSession(timeout=timeout) as session,
    ):
        simulation = Simulation(url, args.join, make_replies, dialogue, recording)
        with _reached(simulation):
            try:
                async with asyncio.timeout(args.timeout) as limit:
                    await simulation.hold(session)
            except TimeoutError:
                if limit.expired():
                    raise SimulationFailed(f"not finished within {args.timeout:g} s") from None
                raise
            finally:
                if recording is not None:
                    recording.save(args.record)
                    dialogue.line("note", f"both sides written to {args.record}")
            await _show(simulation, session, args)
    return COMPLETED if simulation.status == "completed" else NOT_COMPLETED


@contextmanager
def _reached(simulation: Simulation) -> Iterator[None]:
    """What becomes of a request is said in a sentence. Raises SimulationFailed."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError) as error:
        why = str(error) or f"no answer within {HTTP_TIMEOUT_S:g} s"
        raise SimulationFailed(f"cannot reach {simulation.base}: {why}") from error


async def _show(
    simulation: Simulation, session: aiohttp.ClientSession, args: argparse.Namespace
) -> None:
    result = await simulation.fetch_result(session, args.api_key)
    dialogue = simulation.dialogue
    if result is None:
        dialogue.line("note", "no API key: give --api-key or MEDIA_SERVER_API_KEY to fetch "
                      "the result; what the candidate saw is written instead")  # fmt: skip
        shown = simulation.seen()
    else:
        shown = result
    dialogue.text()
    for line in summary(shown, simulation.said):
        dialogue.text(line)
    if args.json:
        args.json.write_text(json.dumps(shown, indent=2, ensure_ascii=False) + "\n", "utf-8")
        dialogue.line("note", f"result written to {args.json}")
    elif result is not None:
        show = f"media-server interview result {simulation.interview_id}"
        dialogue.text(f"the whole result, while a server runs: {show}")
