"""A whole interview on a bad network: nothing is stuck, the answer arrives, the result says what
was missing. The candidate, the transport and the log are real; the network is the shim."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from media_server.audio.types import Pcm
from media_server.interview.status import TERMINAL
from media_server.rtc.settings import RtcSettings
from media_server.rtc.transport import RtcTransport
from tests.live.bench import Bench, Guest, make_spec, open_bench
from tests.network.shim import BadNetwork, Weather, bad_network
from tests.rtc.support import eventually
from tests.support.speak import read_wav, speak_wav

pytestmark = pytest.mark.real_time

WORDS = "These are the words of my answer."
SLOW_S = 40.0
"""SCTP and DTLS repeat what was lost after a second at the soonest."""


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pcm, int]:
    path = tmp_path_factory.mktemp("speech") / "a.wav"
    return read_wav(speak_wav("I worked as a teacher for many years.", path, rate=16_000))


@dataclass
class Scene:
    bench: Bench
    network: BadNetwork
    guest: Guest
    interview_id: str
    connection: Any
    """The server's side of the call: kept here, for the server forgets a call that is over."""

    async def result(self) -> dict[str, Any]:
        await self.guest.candidate.leave()
        async with asyncio.timeout(SLOW_S):
            while (await self.bench.service.get(self.interview_id))["live"]:
                await asyncio.sleep(0.05)
        return dict(await self.bench.service.result(self.interview_id))


@asynccontextmanager
async def scene(tmp_path: Path, weather: Weather, **rtc: Any) -> AsyncIterator[Scene]:
    """A candidate who is asked the one question there is; the weather begins with the call."""
    settings = RtcSettings(bind_addresses=("127.0.0.1",), **rtc)
    async with open_bench(tmp_path, rtc=settings) as bench:
        transport = bench.service._transport
        assert isinstance(transport, RtcTransport)
        async with bad_network(transport.port, weather) as network:
            interview_id = await bench.interview(make_spec(questions=1))
            guest = Guest("call-1")

            async def exchange(offer: str) -> str:
                accepted = await bench.service.open_call(interview_id, offer, call_id=guest.call_id)
                return network.rewrite(accepted.answer_sdp)

            await guest.candidate.connect_by(exchange, timeout_s=SLOW_S)
            connection = bench.service._calls._calls[guest.call_id][1]
            try:
                guest.send("hello", last_seq=0)
                guest.send("ready")
                await guest.sees("state", activity="listening", timeout_s=SLOW_S)
                yield Scene(bench, network, guest, interview_id, connection)
            finally:
                await guest.candidate.vanish()


WEATHERS = {
    "10 % loss": (Weather(loss=0.1), 0.85),
    "bursts of 200 ms": (Weather(loss=0.01, burst=10), 0.8),
    "200 ms jitter": (Weather(delay_ms=50, jitter_ms=200), 0.9),
    "5 % reordered": (Weather(delay_ms=40, reordered=0.05), 0.9),
    "10 % duplicates": (Weather(duplicated=0.1), 1.0),
    "a train": (
        Weather(loss=0.05, delay_ms=60, jitter_ms=80, reordered=0.02, duplicated=0.05),
        0.8,
    ),
}
"""And the share of its packets that is heard."""


async def test_the_answer_arrives(tmp_path: Path, speech: tuple[Pcm, int]) -> None:
    """In every weather, each with a server and a network of its own, and all at one time: they
    mostly wait."""

    async def one(name: str) -> None:
        try:
            await answer_arrives(tmp_path / name.replace(" ", "-"), speech, *WEATHERS[name])
        except Exception as error:
            error.add_note(f"in {name}")
            raise

    results = await asyncio.gather(*map(one, WEATHERS), return_exceptions=True)
    failed = [error for error in results if isinstance(error, Exception)]
    if failed:
        raise ExceptionGroup("what did not arrive", failed)


async def answer_arrives(
    data_dir: Path, speech: tuple[Pcm, int], weather: Weather, kept: float
) -> None:
    data_dir.mkdir()
    async with scene(data_dir, weather) as at:
        said_s = at.guest.candidate.say(*speech)
        await at.guest.sees("completed", timeout_s=SLOW_S)
        quality, stats = at.connection.reception()
        result = await at.result()
    (answer,) = result["answers"]
    assert (answer["status"], answer["text"].startswith(WORDS)) == ("answered", True)
    span = sum(turn["end_s"] - turn["start_s"] for turn in answer["turns"])
    # What was heard is as long as what was said: nothing was squeezed, nothing came twice.
    assert span == pytest.approx(said_s, abs=0.9)
    heard_share = 1 - quality.lost / (quality.lost + quality.received)
    assert heard_share >= kept
    assert answer["lost_ms"] + answer["concealed_ms"] <= (1 - kept) * 1000 * (said_s + 3)
    if weather.duplicated:
        assert stats.dropped["srtp_replayed"] > 5
        assert quality.received <= stats.packets_received
    if weather.jitter_ms:
        assert quality.jitter_ms > 5
    if not weather.loss and not weather.reordered:
        assert answer["lost_ms"] == 0


def over_and_told(at: Scene) -> bool:
    """`completed` has been sent, into whatever network there is."""
    return any(session.state.status in TERMINAL for session in at.bench.service._registry.all())


async def test_thirty_percent_loss_is_told_and_nothing_is_stuck(
    tmp_path: Path, speech: tuple[Pcm, int]
) -> None:
    async with scene(tmp_path, Weather()) as at:
        at.network.weather = Weather(loss=0.3)
        at.guest.candidate.say(*speech)
        await at.guest.sees("turn", phase="ended", timeout_s=SLOW_S)
        # The goodbye goes into the bad network as well: the call stays until it has arrived.
        connection = at.connection
        await eventually(lambda: over_and_told(at), within_s=SLOW_S)
        assert not connection.over.is_set()
        at.network.weather = Weather()
        await at.guest.sees("completed", timeout_s=SLOW_S)
        result = await at.result()
    (answer,) = result["answers"]
    assert answer["status"] == "answered"
    assert answer["concealed_ms"] + answer["lost_ms"] >= 100  # FEC repairs some
    assert 0.1 < result["media"]["loss"] < 0.5


async def test_an_outage_of_ten_seconds_in_an_answer(
    tmp_path: Path, speech: tuple[Pcm, int]
) -> None:
    async with scene(tmp_path, Weather()) as at:
        await asyncio.sleep(at.guest.candidate.say(*speech) / 2)
        at.network.dark = True
        await asyncio.sleep(10.0)
        assert at.connection.close_reason is None  # suspected, not given up
        at.network.dark = False
        at.guest.candidate.say(*speech)
        await at.guest.sees("completed", timeout_s=SLOW_S)
        assert at.bench.service.media().counters["calls_suspected"] == 1
        result = await at.result()
    (answer,) = result["answers"]
    assert answer["status"] == "answered"
    assert len(result["media"]["connections"]) == 1  # the same call went on
    assert answer["lost_ms"] == pytest.approx(10_000, abs=500)  # of which the timeline has 1 s


async def test_the_address_changes_in_an_answer(tmp_path: Path, speech: tuple[Pcm, int]) -> None:
    async with scene(tmp_path, Weather()) as at:
        before = at.connection.call.path.ice.selected
        await asyncio.sleep(at.guest.candidate.say(*speech) / 2)
        await at.network.rebind()
        nominate(at.guest)
        await eventually(lambda: at.connection.call.path.ice.selected != before)
        at.guest.candidate.say(*speech)
        await at.guest.sees("completed", timeout_s=SLOW_S)
        result = await at.result()
    assert result["answers"][0]["status"] == "answered"
    assert len(result["media"]["connections"]) == 1


async def test_ice_restart_in_an_answer(tmp_path: Path, speech: tuple[Pcm, int]) -> None:
    async with scene(tmp_path, Weather(loss=0.02, delay_ms=20)) as at:
        await asyncio.sleep(at.guest.candidate.say(*speech) / 2)
        fragment = "a=ice-ufrag:NEWU\r\na=ice-pwd:" + "n" * 22 + "\r\n"
        answer = await at.bench.service.trickle(at.guest.call_id, fragment, "*")
        assert answer.status == 200
        local = at.connection.call.path.ice.local
        ice = ice_of(at.guest)
        ice.remote_username, ice.remote_password = local.ufrag, local.password
        async with asyncio.timeout(SLOW_S):
            while at.connection.call.path.ice.ufrags != (local.ufrag,):
                nominate(at.guest)  # a check may be lost
                await asyncio.sleep(0.1)
        at.guest.candidate.say(*speech)
        await at.guest.sees("completed", timeout_s=SLOW_S)
        result = await at.result()
    assert result["answers"][0]["status"] == "answered"
    assert len(result["media"]["connections"]) == 1


def ice_of(guest: Guest) -> Any:
    assert guest.candidate._pc is not None
    dtls: Any = guest.candidate._pc.getTransceivers()[0].sender.transport
    return dtls.transport._connection


def nominate(guest: Guest) -> None:
    """The client's ICE agent checks and nominates its pair now: aiortc does it every 5 s only."""
    ice = ice_of(guest)
    pair = next(iter(ice._nominated.values()))
    request = ice.build_request(pair, nominate=True)
    request.add_message_integrity(ice.remote_password.encode())
    pair.protocol.send_stun(request, pair.remote_addr)
