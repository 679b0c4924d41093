"""Fifty offers at once through a real front to two real workers: as many are let in as may be.

Whoever is let in here never connects. On a machine that is so slow that such a call is pending for
longer than `capacity.FIRM_S`, its place goes to the next one, which is counted: places are exact
all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from media_server.tenants import key_digest
from tests.front.test_two_workers import both_ready
from tests.signaling.test_real_service import AUDIO, HEAD
from tests.support.server import API_KEY, Server, start_server, stop_server

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]

ACME = "acme-key-0123456789"
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

        return cls(server, http, [await one() for _ in range(OFFERS)])

    async def run(self, most: int) -> None:
        """`most` of them have a place at the end, and never more; everybody has left when this
        returns. Who is refused asks again: a free place may be somebody's who has waited for it."""
        before = await self._count("calls_replaced_total")
        let_in, ask = list[tuple[Any, str]](), self._joined
        async with asyncio.timeout(60):
            while True:
                answers = await asyncio.gather(*(self._offer(joined) for joined in ask))
                let_in += [(joined, where) for joined, where in answers if where]
                ask = [joined for joined, where in answers if not where]
                replaced = await self._count("calls_replaced_total") - before
                assert len(let_in) - replaced <= most
                if len(let_in) - replaced == most:
                    break
                await asyncio.sleep(0.5)
        await asyncio.gather(*(self._hang_up(*one) for one in let_in))
        async with asyncio.timeout(30):
            while await self._count("live_calls", "front_reserved", "places_kept"):
                await asyncio.sleep(0.05)
            while await self._taken():
                await asyncio.sleep(0.05)

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

    async def _hang_up(self, joined: Any, where: str) -> None:
        bearer = {"Authorization": f"Bearer {joined['token']}"}
        async with self._http.delete(f"{self._server.url}{where}", headers=bearer) as answer:
            assert answer.status in (200, 404), "404: it was replaced"

    async def _count(self, *names: str) -> int:
        """Of all processes together."""
        bearer = {"Authorization": f"Bearer {API_KEY}"}
        async with self._http.get(f"{self._server.url}/metrics", headers=bearer) as answer:
            families = list(text_string_to_metric_families(await answer.text()))
        wanted = {f"media_server_{name}" for name in names}
        found = [s for family in families for s in family.samples if s.name in wanted]
        assert {sample.name for sample in found} == wanted
        return int(sum(sample.value for sample in found))

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
        )
    )
    try:
        await both_ready(server, http)
        of_all, of_acme = await Race.of(server, http, API_KEY), await Race.of(server, http, ACME)
        for _ in range(20):
            await of_all.run(PLACES)
            await of_acme.run(OF_ACME)
    finally:
        assert await asyncio.to_thread(stop_server, server) == 0
