"""Resume tokens: one per connection, the one before it good until the new welcome has arrived."""

from __future__ import annotations

from pathlib import Path

import pytest

from media_server.live import resume
from media_server.ports import Refused
from tests.live.bench import Bench, Guest, open_bench

pytestmark = pytest.mark.virtual_time

UNKNOWN, SUPERSEDED = (401, "unknown_resume"), (409, "superseded")


async def refused(bench: Bench, token: str, why: tuple[int, str] = UNKNOWN) -> None:
    with pytest.raises(Refused) as caught:
        await bench.service.resumed(token)
    assert (caught.value.status, caught.value.code) == why
    assert token not in caught.value.detail


async def token_of(guest: Guest) -> str:
    token = (await guest.sees("welcome"))["resume_token"]
    assert isinstance(token, str)
    return token


async def test_tokens_rotate_once_the_welcome_has_arrived(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview()
        first = await bench.call(interview_id)
        one = await token_of(first)
        assert (await bench.service.resumed(one))[0] == interview_id
        first.send("ready")
        await first.listening(1)
        await first.candidate.vanish()
        second = await bench.call(interview_id)
        two = await token_of(second)
        assert one != two
        # A cut during the welcome would leave the client with the first one.
        assert (await bench.service.resumed(one))[0] == interview_id
        assert (await bench.service.resumed(two))[0] == interview_id
        second.send("ack", seq=second.of("question")[0]["seq"] if second.of("question") else 1)
        live = bench.service.sessions()[0]
        await bench.until(lambda: resume.standing(live.state, one) != "good")
        await refused(bench, one, SUPERSEDED)
        await refused(bench, f"{interview_id}.{'A' * 43}")  # of this interview, and no token of it
        assert (await bench.service.resumed(two))[0] == interview_id
        await second.candidate.leave()
    async with open_bench(tmp_path) as again:  # another process folds it from the log
        await refused(again, one, SUPERSEDED)
        assert (await again.service.resumed(two))[0] == interview_id
        log = await again.services.log.read(interview_id)
        stored = "".join(str(entry.data) for entry in log)
        assert one not in stored
        assert two not in stored
        assert resume.token_hash(two) in stored
        await again.service.erase(interview_id)
        await refused(again, one)
        await refused(again, two)


@pytest.mark.parametrize(
    "token", ["", "x", "iv_none." + "A" * 43, "a.b.c", "é" * 50, "iv_none." + "A" * 4000]
)
async def test_nonsense_is_refused(tmp_path: Path, token: str) -> None:
    async with open_bench(tmp_path) as bench:
        with pytest.raises(Refused) as caught:
            await bench.service.resumed(token)
        assert caught.value.code == "unknown_resume"


async def test_a_chain_of_cut_welcomes_strands_nobody(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview()
        tokens = []
        for _ in range(6):
            guest = await bench.call(interview_id)
            tokens.append(await token_of(guest))
            await guest.candidate.vanish()
        assert (await bench.service.resumed(tokens[0]))[0] == interview_id
        assert (await bench.service.resumed(tokens[-1]))[0] == interview_id
        await refused(bench, tokens[1])
        last = await bench.call(interview_id)
        newest = await token_of(last)
        last.send("ready")
        await last.listening(1)
        last.send("ack", seq=last.of("question")[0]["seq"])
        state = bench.service.sessions()[0]
        await bench.until(lambda: resume.standing(state.state, tokens[0]) != "good")
        for token in tokens:
            await refused(bench, token, SUPERSEDED)
        assert (await bench.service.resumed(newest))[0] == interview_id
        await last.candidate.leave()
