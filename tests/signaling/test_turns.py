"""Who waits for a place at a real server, and in which order they get in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from media_server.live import capacity
from media_server.tenants import key_digest
from tests.signaling.test_admission import (
    API,
    Client,
    hang_up,
    join,
    offer,
    served,
    service_of,
    waiting_of,
)


async def test_who_waits_for_longer_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "FIRM_S", 1e9)
    async with served(tmp_path, MAX_LIVE="1") as client:
        first, second, third = [await join(client) for _ in range(3)]
        _, _, headers = await offer(client, first)
        assert await waiting_of(client, second) == ("place", 0)
        assert await waiting_of(client, third) == ("place", 1)
        assert await waiting_of(client, second) == ("place", 0), "asking again changes nothing"
        await hang_up(client, first, headers)
        assert await waiting_of(client, third) == ("place", 1), "the place is another's"
        assert await waiting_of(client, first) == ("place", 2), "who left comes behind"
        status, _, headers = await offer(client, second)
        assert status == 201
        assert await waiting_of(client, third) == ("place", 0)
        [line] = await text_refusal(client, first)
        assert (line["code"], line["waiting"]["ahead"]) == ("full", 1)
        assert line["retry_after_s"] > 0
        await hang_up(client, second, headers)
        assert (await offer(client, third))[0] == 201
        refused = service_of(client).load().refused
        assert (refused["full"], refused["turn"]) == (5, 2)
        assert service_of(client).load().waiting == 1
        async with client.get("/metrics") as r:
            text = await r.text()
        assert 'media_server_calls_refused_total{reason="turn"} 2.0' in text
        assert "media_server_ready 0.0" in text
        assert "media_server_serving 1.0" in text, "to be full is no fault: nobody is to be woken"
        assert "media_server_newcomers_waiting 1.0" in text


async def test_who_loses_the_place_before_they_are_connected_keeps_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line on which connecting takes longer than a pending call is safe."""
    monkeypatch.setattr(capacity, "FIRM_S", 1e9)
    async with served(tmp_path, MAX_LIVE="1") as client:
        first, second, third, fourth = [await join(client) for _ in range(4)]
        _, _, headers = await offer(client, first)
        for place, joined in enumerate((second, third, fourth)):
            assert await waiting_of(client, joined) == ("place", place)
        await hang_up(client, first, headers)
        assert (await offer(client, second))[0] == 201
        monkeypatch.setattr(capacity, "FIRM_S", 0.0)
        assert (await offer(client, third))[0] == 201
        monkeypatch.setattr(capacity, "FIRM_S", 1e9)
        assert await waiting_of(client, second) == ("place", 0)
        assert await waiting_of(client, fourth) == ("place", 1)


async def test_whom_no_place_would_help_waits_for_none_and_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "FIRM_S", 1e9)
    acme = "acme-key-0123456789"
    file = tmp_path / "tenants.toml"
    file.write_text(
        '[[tenants]]\nname = "acme"\nlimits = { max_live = 1 }\n'
        f'keys = [{{ sha256 = "{key_digest(acme).hex()}", scopes = ["write"] }}]\n'
    )
    async with served(tmp_path, MAX_LIVE="2", TENANTS=str(file)) as client:
        theirs, more = await join(client, acme), await join(client, acme)
        one, other, cancelled, last = [await join(client) for _ in range(4)]
        assert (await offer(client, theirs))[0] == 201
        _, _, headers = await offer(client, one)
        assert await waiting_of(client, cancelled) == ("place", 0)
        assert await waiting_of(client, last) == ("place", 1)
        assert await waiting_of(client, more) == ("place", None), "its organisation has its places"
        assert await waiting_of(client, other) == ("place", 2), "who waits for that is in no queue"
        path = f"/v1/interviews/{cancelled['interview']}/cancel"
        async with client.post(path, headers=API) as r:
            assert r.status < 300, await r.text()
        assert (await offer(client, cancelled))[:2] == (410, "interview_over")
        assert await waiting_of(client, last) == ("place", 0)
        await hang_up(client, one, headers)
        assert await waiting_of(client, more) == ("place", None)
        assert (await offer(client, last))[0] == 201
        refused = service_of(client).load().refused
        assert (refused["full"], refused["tenant"], refused["turn"]) == (4, 2, 0)


async def text_refusal(client: Client, joined: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/v1/calls/{joined['interview']}/text"
    protocols = ("interview.v1", f"bearer.{joined['token']}")
    async with client.ws_connect(path, protocols=protocols) as socket:
        return [json.loads(message.data) async for message in socket]
