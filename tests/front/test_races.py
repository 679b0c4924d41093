"""Fifty offers at once through a real front to two real workers: as many are let in as may be.

Whoever is let in here never connects. On a machine that is so slow that such a call is pending for
longer than `capacity.FIRM_S`, its place goes to the next one, which is counted: places are exact
all the same.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from media_server.tenants import key_digest
from tests.front.test_two_workers import both_ready
from tests.signaling.test_real_service import AUDIO, HEAD
from tests.support.server import API_KEY, Server, start_server, stop_server

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]

ACME = "acme-key-0123456789"
KEY = {"Authorization": f"Bearer {API_KEY}"}
RACES = 20
OFFERS = 50
PLACES_OF_EACH = 12
PLACES = 2 * PLACES_OF_EACH
OF_ACME = 7
"""Below what one worker has, and what comes through to both."""
SPEC = {
    "questions": [{"id": "q1", "text": "What do you do?"}],
    "greeting": "Hello.",
    "consent": {"required": False},
}
FILE = f"""
[[tenants]]
name = "acme"
limits = {{ max_live = {OF_ACME} }}
keys = [{{ sha256 = "{key_digest(ACME).hex()}", scopes = ["write"] }}]
"""


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=OFFERS)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


class Race:
    """Candidates of one tenant, who all ask at once."""

    def __init__(self, server: Server, http: aiohttp.ClientSession, joined: list[Any]) -> None:
        self._server = server
        self._http = http
        self._joined = joined

    @classmethod
    async def of(cls, server: Server, http: aiohttp.ClientSession, key: str) -> Race:
        async def one() -> Any:
            headers = {"Authorization": f"Bearer {key}"}
            url = f"{server.url}/v1/interviews"
            async with http.post(url, json=SPEC, headers=headers) as answer:
                assert answer.status == 201, await answer.text()
                link = (await answer.json())["join_url"].rpartition("/")[2]
            async with http.post(f"{server.url}/v1/join", json={"link": link}) as answer:
                assert answer.status == 200, await answer.text()
                return await answer.json()

        return cls(server, http, await asyncio.gather(*(one() for _ in range(OFFERS))))

    async def run(self, most: int, replaced_before: int) -> int:
        """`most` of them have a place at the end, and never more; everybody has left when this
        returns. Who is refused asks again: a free place may be somebody's who has waited for it.
        How many calls were ever replaced: by then, and before."""
        let_in, ask = list[tuple[Any, str]](), self._joined
        async with asyncio.timeout(60):
            while True:
                answers = await asyncio.gather(*(self._offer(joined) for joined in ask))
                let_in += [(joined, where) for joined, where in answers if where]
                ask = [joined for joined, where in answers if not where]
                [replaced] = await self._figures("calls_replaced_total")
                have = len(let_in) - (replaced - replaced_before)
                assert have <= most, f"{len(let_in)} let in, replaced {replaced_before} {replaced}"
                if have == most:
                    break
                await asyncio.sleep(0.5)
        left = await asyncio.gather(*(self._hang_up(*one) for one in let_in))
        assert left.count(404) == replaced - replaced_before, "every call is found"
        async with asyncio.timeout(30):
            while await self._taken():  # mostly enough, and costs the machine less
                await asyncio.sleep(0.1)
            while any(await self._figures("live_calls", "front_reserved", "places_kept")):
                await asyncio.sleep(0.4)  # asking costs as much as several offers
            while await self._taken():  # by a report from after that
                await asyncio.sleep(0.1)
        return replaced

    async def _offer(self, joined: Any) -> tuple[Any, str]:
        """Where the call is; "": refused."""
        headers = {"Authorization": f"Bearer {joined['token']}", "Content-Type": "application/sdp"}
        url = f"{self._server.url}/whip/{joined['interview']}"
        async with self._http.post(url, data=HEAD + AUDIO, headers=headers) as answer:
            if answer.status == 201:
                return joined, answer.headers["Location"]
            problem = await answer.json()
            assert (answer.status, problem["code"]) == (503, "full"), problem
            assert int(answer.headers["Retry-After"]) > 0
            return joined, ""

    async def _hang_up(self, joined: Any, where: str) -> int:
        bearer = {"Authorization": f"Bearer {joined['token']}"}
        async with self._http.delete(f"{self._server.url}{where}", headers=bearer) as answer:
            assert answer.status in (200, 404)
            return answer.status

    async def _figures(self, *names: str) -> list[int]:
        """Each of all processes together."""
        while True:
            async with self._http.get(f"{self._server.url}/metrics", headers=KEY) as answer:
                text = await answer.text()
            found = [
                re.findall(
                    rf'^media_server_{name}{{[^}}]*worker="(\w+)"}} (\S+)$', text, re.MULTILINE
                )
                for name in names
            ]
            told = {worker for one in found for worker, _ in one}
            if told >= {"1", "2"}:  # else one of them was too late with its own
                return [int(sum(float(value) for _, value in one)) for one in found]

    async def _taken(self) -> int:
        """As the front knows it."""
        async with self._http.get(f"{self._server.url}/readyz") as answer:
            return int((await answer.json())["live"])


async def test_twenty_races_of_fifty_offers_for_the_places_of_two_workers(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """Of the machine, and as often of a tenant whose `max_live` is less."""
    tenants = tmp_path / "tenants.toml"
    tenants.write_text(FILE)
    server = await asyncio.to_thread(
        lambda: start_server(
            tmp_path,
            MEDIA_SERVER_SUPERVISE="on",
            MEDIA_SERVER_WORKERS="2",
            MEDIA_SERVER_MAX_LIVE=str(PLACES_OF_EACH),
            MEDIA_SERVER_ADMIT_BY_LOAD="off",
            MEDIA_SERVER_TENANTS=str(tenants),
            MEDIA_SERVER_REQUESTS_PER_MINUTE="100000",
            MEDIA_SERVER_CALLS_PER_MINUTE="1000",
            MEDIA_SERVER_RTC_CONNECT_TIMEOUT_S="120",
        )
    )
    try:
        await both_ready(server, http)
        of_all, of_acme = await Race.of(server, http, API_KEY), await Race.of(server, http, ACME)
        replaced = 0
        for _ in range(RACES):
            replaced = await of_all.run(PLACES, replaced)
            replaced = await of_acme.run(OF_ACME, replaced)
    finally:
        assert await asyncio.to_thread(stop_server, server) == 0
