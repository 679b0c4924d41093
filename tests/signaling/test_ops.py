"""The operator's routes over a service in memory: who may ask, and what is written down."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from media_server.http_settings import HttpSettings
from media_server.loop_stalls import Held
from media_server.ports.operations import Decision
from media_server.tenant_file import TenantBook
from media_server.tenants import key_digest
from signaling import front_peer
from signaling.context import CONTEXT
from signaling.openapi import document
from signaling.ops import AT_ONCE, written
from signaling.routes import ROUTES
from tests.signaling.conftest import API, House, bearer, open_house

WORDS = "I cook for eighty."


async def get(
    house: House, path: str, status: int = 200, headers: dict[str, str] = API
) -> dict[str, Any]:
    answer = await house.client.get(path, headers=headers)
    assert answer.status == status, await answer.text()
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(await answer.json())


async def keyed(tmp_path: Path, **scopes: list[str]) -> House:
    """A server whose default tenant has a key for each of these, by name."""
    lines = ['[[tenants]]\nname = "default"']
    for name, allowed in scopes.items():
        lines.append(f'[[tenants.keys]]\nsha256 = "{key_digest(key(name)).hex()}"')
        lines.append(f'scopes = {json.dumps(allowed)}\nlabel = "{name}"')
    file = tmp_path / "tenants.toml"
    file.write_text("\n".join(lines))
    return await open_house(tenants=TenantBook(file))


def key(name: str) -> str:
    return f"{name}-0123456789-0123456789"


def with_key(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key(name)}"}


async def test_a_worker_tells_how_it_is(house: House) -> None:
    house.clock.now += 90
    stalls = house.app[CONTEXT].metrics.stalls
    stalls.recent = deque([Held(-5000.0, 1e9, 60, 50, ("old.py:1 f",))])
    found = await get(house, "/v1/ops")
    [worker] = found["workers"]
    assert (worker["number"], worker["uptime_s"], worker["ready"]) == (0, 90.0, True)
    assert worker["load"]["capacity"] == 50
    assert worker["history"] is None
    assert worker["stt"]["given_up"] == 4
    assert worker["recent_stalls"] == [], "it was hours ago"
    assert {sign["code"] for sign in worker["signs"]} == {"damaged", "stt_workers", "model"}
    assert worker["health"] == "warn"
    house.service.full = True
    [worker] = (await get(house, "/v1/ops"))["workers"]
    assert (worker["ready"], worker["signs"][0]["code"]) == (False, "not_ready")


async def test_a_stall_is_told_alike_each_time(house: House) -> None:
    """Else the page would take it for another one, and close the stack that somebody reads."""
    stall = Held(time.monotonic() - 5.0, 1e9, 60, 50, ("busy.py:1 f",))
    house.app[CONTEXT].metrics.stalls.recent = deque([stall])
    told = []
    for _ in range(2):
        [worker] = (await get(house, "/v1/ops"))["workers"]
        told += worker["recent_stalls"]
        house.clock.now += 0.001
    assert told[0] == told[1]
    assert told[0]["at"] == "2001-09-09T01:46:40Z"


async def test_every_reason_for_a_refusal_is_told(house: House) -> None:
    media = house.service.media
    changed = type(media())({**media().counters, "rehearsals_refused": 1}, {}, {}, {}, {})
    house.service.media = lambda: changed  # type: ignore[method-assign]
    load = replace(house.service.load(), refused={"cpu": 3, "full": 0})
    house.service.load = lambda: load  # type: ignore[method-assign]
    [worker] = (await get(house, "/v1/ops"))["workers"]
    assert worker["refusals"] == {"cpu": 3, "full": 0, "rehearsal": 1}
    assert "refused" not in worker["load"]


async def test_what_the_front_finds_no_place_for_is_told(house: House) -> None:
    house.app[CONTEXT].worker = 1
    runner = house.client.server.runner
    assert runner is not None
    assert runner.server is not None
    runner.server.request_factory = front_peer.behind_front(runner.server.request_factory)
    refusal = front_peer.Refusal("kept for others", 3)
    told = front_peer.written(front_peer.Peer("127.0.0.1", refusal=refusal))
    joined = await house.consented()
    headers = {**bearer(joined), "Content-Type": "application/sdp", front_peer.HEADER: told}
    url = f"/whip/{joined['interview']}"
    answer = await house.client.post(url, data="v=0", headers=headers)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "3")
    [worker] = (await get(house, "/v1/ops"))["workers"]
    assert worker["refusals"]["kept"] == 1


async def test_its_last_ten_minutes_are_told_when_they_are_asked_for(house: House) -> None:
    context = house.app[CONTEXT]
    for at_s in (1.0, 6.0):
        context.history.add(at_s, house.service.load())
    [worker] = (await get(house, "/v1/ops?history=true"))["workers"]
    assert [sample["at"] for sample in worker["history"]] == [
        "1970-01-01T00:00:01Z",
        "1970-01-01T00:00:06Z",
    ]


async def test_slow_turns_with_their_stages(house: House) -> None:
    [turn] = (await get(house, "/v1/ops/turns?limit=5"))["turns"]
    assert sum(stage["length_s"] for stage in turn["stages"]) == pytest.approx(turn["reply_s"])
    assert turn["works"] == [{"work": "queue", "from_s": -0.2, "length_s": 1.1, "ref": "1-3"}]


async def test_decisions_have_no_word(house: House) -> None:
    made = await house.create()
    found = await get(house, f"/v1/ops/interviews/{made['id']}")
    assert WORDS not in json.dumps(found)
    assert [entry["state"] for entry in found["entries"]] == ["created", "joined", "listening"]
    assert found["entries"][-1]["held_back"] == ["text"]
    assert found["entries"][-1]["words"] is None
    [last] = (await get(house, f"/v1/ops/interviews/{made['id']}?limit=1"))["entries"]
    assert last["seq"] == 3
    assert (await get(house, "/v1/ops/interviews/iv_none", 404))["code"] == "unknown_interview"


async def test_who_reads_words_is_written_down(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = await keyed(tmp_path, both=["ops", "read", "write"], figures=["ops", "write"])
    try:
        created = await house.client.post(
            "/v1/interviews", json={"questions": ["Who are you?"]}, headers=with_key("both")
        )
        interview_id = (await created.json())["id"]
        path = f"/v1/ops/interviews/{interview_id}"
        counter = house.app[CONTEXT].metrics.words_read._value
        with caplog.at_level(logging.INFO, "media_server.audit"):
            refused = await get(house, f"{path}?words=true", 403, with_key("figures"))
            assert refused["code"] == "missing_scope"
            await get(house, path, headers=with_key("figures"))
            assert (caplog.messages, counter.get()) == ([], 0)
            found = await get(house, f"{path}?words=true", headers=with_key("both"))
        assert found["entries"][-1]["words"] == {"text": WORDS}
        name = f"{key_digest(key('both')).hex()[:8]} both"
        assert caplog.messages == [f"the words of interview {interview_id}: read with key {name}"]
        assert counter.get() == 1
        assert key("both") not in caplog.text
    finally:
        await house.client.close()


async def test_others_have_the_loop_while_much_is_written() -> None:
    """500 entries with words are megabytes."""
    said = {"text": WORDS * 20, "words": [{"w": "cook", "s": 0.1, "e": 0.2}] * 60}
    entries = [Decision(n, 1e9, "segment_transcribed", "", {"n": n}, said) for n in range(500)]
    turns = 0
    writing = asyncio.create_task(written(entries, words=True))
    while not writing.done():
        await asyncio.sleep(0)
        turns += 1
    found = json.loads(writing.result())
    assert [entry["seq"] for entry in found] == list(range(500))
    assert found[-1]["words"] == said
    assert turns >= len(entries) // AT_ONCE
    assert json.loads(await written([], words=True)) == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/ops?words=true", "unknown_parameter"),
        ("/v1/ops?history=yes", "bad_history"),
        ("/v1/ops/turns?limit=0", "bad_limit"),
        ("/v1/ops/interviews/iv_1?limit=501", "bad_limit"),
        ("/v1/ops/interviews/iv_1?words=1", "bad_words"),
    ],
)
async def test_what_cannot_be_asked(house: House, path: str, code: str) -> None:
    await house.create()
    assert (await get(house, path, 400))["code"] == code


async def test_the_answers_are_those_that_are_described(house: House) -> None:
    made = await house.create()
    described = document(ROUTES)
    for path in ("/v1/ops", "/v1/ops/turns", "/v1/ops/interviews/{interview}"):
        content = described["paths"][path]["get"]["responses"]["200"]["content"]
        name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
        found = await get(house, path.replace("{interview}", made["id"]))
        OAS31Validator(schema).validate(found)
        assert set(found) == set(described["components"]["schemas"][name]["properties"])


async def test_the_page_needs_no_key_and_can_be_switched_off() -> None:
    for on, status in ((True, 200), (False, 404)):
        house = await open_house(HttpSettings(console=on))
        try:
            page = await house.client.get("/ops")
            assert page.status == status
            if on:
                assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        finally:
            await house.client.close()
