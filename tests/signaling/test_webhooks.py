"""From the API to a receiver and back: a real server, with both stores."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from media_server.api_client import AsyncClient, Invalid
from media_server.app import create_app
from media_server.config import ConfigError, load_config
from tests.support import recogniser
from tests.support.waiting import PATIENCE_S, until
from tests.webhooks.receiver import SECRET, Receiver, answers, receiving

KEY = "the-key-of-the-server-0123456789"
SPEC = {
    "questions": [{"id": "q1", "text": "Who are you?"}],
    "candidate": {"external_id": "cand-9"},
    "consent": {"required": False},
}


def settings(tmp_path: Path, **more: str) -> dict[str, str]:
    return {
        "DATA_DIR": str(tmp_path / "data"),
        "MEDIA_SERVER_API_KEY": KEY,
        "MEDIA_SERVER_RTC_BIND_ADDRESSES": "127.0.0.1",
        "MEDIA_SERVER_STT_ENGINE": recogniser.NAME,
        "MEDIA_SERVER_SPEECH_AHEAD": "off",
        "MEDIA_SERVER_ADMIT_BY_LOAD": "off",
        **({"MEDIA_SERVER_TTS_ENGINE": "flite"} if shutil.which("flite") else {}),
        **more,
    }


@dataclass
class Place:
    client: TestClient[Any, Any]
    receiver: Receiver

    async def ask(self, method: str, path: str, status: int = 200, **how: Any) -> Any:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with self.client.request(method, path, headers=headers, **how) as response:
            assert response.status == status, await response.text()
            return await response.json() if response.status != 204 else None

    async def create(self) -> str:
        return str((await self.ask("POST", "/v1/interviews", 201, json=SPEC))["id"])

    async def listed(self, query: str = "") -> list[dict[str, Any]]:
        return list((await self.ask("GET", f"/v1/webhooks/deliveries{query}"))["deliveries"])

    async def settled(self, query: str) -> list[dict[str, Any]]:
        """`listed`, once the server has noted what the receiver has answered."""
        async with asyncio.timeout(PATIENCE_S):
            rows = await self.listed(query)
            while any(row["status"] == "pending" for row in rows):
                await asyncio.sleep(0.02)
                rows = await self.listed(query)
        return rows


@pytest.fixture
async def place(tmp_path: Path, store_url: str) -> AsyncIterator[Place]:
    async with receiving() as receiver:
        config = load_config(
            settings(
                tmp_path,
                MEDIA_SERVER_STORE_URL=store_url,
                MEDIA_SERVER_PUBLIC_URL="https://interviews.example/x",
                MEDIA_SERVER_WEBHOOK_URL=receiver.url,
                MEDIA_SERVER_WEBHOOK_SECRETS=SECRET,
                MEDIA_SERVER_WEBHOOK_ALLOW_NETWORKS="127.0.0.0/8",
            )
        )
        async with TestClient(TestServer(create_app(config))) as client:
            yield Place(client, receiver)


async def test_an_interview_that_is_cancelled_and_erased(place: Place) -> None:
    interview_id = await place.create()
    await place.ask("POST", f"/v1/interviews/{interview_id}/cancel")
    await until(lambda: len(place.receiver.got) == 2)
    assert place.receiver.types() == ["interview.cancelled", "result.transcript_ready"]
    base = f"https://interviews.example/x/v1/interviews/{interview_id}"
    assert place.receiver.got[1][1]["data"] == {
        "interview": interview_id,
        "candidate_external_id": "cand-9",
        "status": "cancelled",
        "links": {"interview": base, "result": f"{base}/result"},
    }
    rows = await place.settled(f"?interview={interview_id}")
    assert [row["type"] for row in rows] == ["result.transcript_ready", "interview.cancelled"]
    assert {row["status"] for row in rows} == {"delivered"}
    assert rows[0]["attempts"][0]["status"] == 204
    assert SECRET not in str(rows)
    await place.ask("DELETE", f"/v1/interviews/{interview_id}", 204)
    await until(lambda: len(place.receiver.got) == 3)
    assert place.receiver.got[2][1]["data"] == {"interview": interview_id}
    rows = await place.listed(f"?interview={interview_id}")
    assert [row["type"] for row in rows] == ["interview.deleted"]


async def test_lists_replays_and_tests(place: Place) -> None:
    for _ in range(3):
        made = await place.ask("POST", "/v1/webhooks/test", 202, json={"endpoint": "default"})
        assert (made["type"], made["status"], made["interview"]) == (
            "webhook.test",
            "pending",
            None,
        )
    await until(lambda: len(place.receiver.got) == 3)
    assert place.receiver.got[0][1]["data"]["endpoint"] == "default"
    page = await place.ask("GET", "/v1/webhooks/deliveries?limit=2")
    assert len(page["deliveries"]) == 2
    rest = await place.ask("GET", f"/v1/webhooks/deliveries?cursor={page['next_cursor']}")
    assert (len(rest["deliveries"]), rest["next_cursor"]) == (1, "")
    first = rest["deliveries"][0]["id"]
    again = await place.ask("POST", f"/v1/webhooks/deliveries/{first}/replay", 202)
    assert again["id"] == first
    await until(lambda: len(place.receiver.got) == 4)
    assert place.receiver.got[3] == place.receiver.got[0]
    assert len(place.receiver.bodies[first]) == 1
    assert await place.listed("?endpoint=nobody") == []
    assert await place.listed("?status=failed") == []


async def test_an_endpoint_that_is_gone_is_shown_and_enabled(place: Place) -> None:
    place.receiver.behaves = answers(410)
    await place.ask("POST", "/v1/webhooks/test", 202, json={"endpoint": "default"})
    await until(lambda: len(place.receiver.got) == 1)
    for _ in range(200):
        (shown,) = (await place.ask("GET", "/v1/webhooks/endpoints"))["endpoints"]
        if shown["disabled"]:
            break
    assert shown["disabled"]["reason"] == "the receiver answered 410 Gone"
    assert (shown["enabled"], shown["pending"], shown["secrets"]) == (False, 1, 1)
    assert shown["host"] == place.receiver.url.split("/")[2]
    refused = await place.ask("POST", "/v1/webhooks/test", 409, json={"endpoint": "default"})
    assert refused["code"] == "endpoint_disabled"
    place.receiver.behaves = None
    enabled = await place.ask("POST", "/v1/webhooks/endpoints/default/enable")
    assert (enabled["enabled"], enabled["disabled"]) == (True, None)
    await until(lambda: len(place.receiver.got) == 2)


async def test_by_the_client_for_python(place: Place) -> None:
    async with AsyncClient(str(place.client.make_url("/")), KEY) as client:
        (endpoint,) = (await client.webhook_endpoints()).endpoints
        sent = await client.test_webhook(endpoint.id)
        await until(lambda: len(place.receiver.got) == 1)
        assert (await client.replay_delivery(sent.id)).id == sent.id
        await until(lambda: len(place.receiver.got) == 2)
        page = await client.delivery_page(endpoint=endpoint.id, limit=1)
        assert [one.id for one in page.deliveries] == [sent.id]
        assert (await client.delivery_page(interview="iv_never")).deliveries == []
        assert (await client.enable_webhook(endpoint.id)).enabled
        for strange in ("../x", "", "a/b"):
            with pytest.raises(Invalid):
                await client.enable_webhook(strange)


async def test_bad_questions_are_answered_with_what_to_do(place: Place) -> None:
    """All to one server: each start takes longer than all questions."""
    for query, code in (
        ("?cursor=msg_never", "bad_cursor"),
        ("?cursor=%2F", "bad_cursor"),
        ("?limit=0", "bad_limit"),
        ("?status=lost", "bad_status"),
        ("?interview=%20", "bad_interview"),
        ("?since=1", "unknown_parameter"),
    ):
        answer = await place.ask("GET", f"/v1/webhooks/deliveries{query}", 400)
        assert answer["code"] == code, query


async def test_what_there_is_not(place: Place) -> None:
    post = place.ask
    assert (await post("POST", "/v1/webhooks/deliveries/msg_x/replay", 404))["code"] == (
        "unknown_delivery"
    )
    assert (await post("POST", "/v1/webhooks/endpoints/x/enable", 404))["code"] == (
        "unknown_endpoint"
    )
    assert (await post("POST", "/v1/webhooks/test", 404, json={"endpoint": "x"}))["code"] == (
        "unknown_endpoint"
    )
    await post("POST", "/v1/webhooks/test", 422, json={"endpoint": ""})


async def test_figures(place: Place) -> None:
    await place.ask("POST", "/v1/webhooks/test", 202, json={"endpoint": "default"})
    await until(lambda: len(place.receiver.got) == 1)
    text = ""
    for _ in range(200):
        async with place.client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"}) as got:
            text = await got.text()
        if 'media_server_webhook_attempts_total{outcome="delivered"} 1.0' in text:
            break
    assert 'media_server_webhook_attempts_total{outcome="delivered"} 1.0' in text
    assert 'media_server_webhook_attempts_total{outcome="failed"} 0.0' in text
    assert "media_server_webhook_oldest_undelivered_seconds 0.0" in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"URL": "http://example.org/in", "SECRETS": SECRET}, "not https"),
        ({"URL": "https://10.0.0.1/in", "SECRETS": SECRET}, "not a public one"),
        ({"URL": "https://example.org/in"}, "needs one"),
        ({"URL": "https://example.org/in", "SECRETS": "whsec_short"}, "secrets"),
        ({"URL": "https://example.org/in", "SECRETS": SECRET, "EVENTS": "x.y"}, "no event"),
        ({"ALLOW_NETWORKS": "10.0.0.0/99"}, "no network"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(
    tmp_path: Path, given: dict[str, str], said: str
) -> None:
    named = {f"MEDIA_SERVER_WEBHOOK_{name}": value for name, value in given.items()}
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(settings(tmp_path, **named))
    assert given.get("SECRETS", "whsec_x") not in str(caught.value)


async def test_an_interview_brings_a_url_of_its_own(place: Place) -> None:
    """Also from a template, and to the end: that it is erased reaches it as well."""
    async with receiving() as own:
        webhook = {"url": own.url}
        content = {"name": "Cook", "questions": SPEC["questions"], "webhook": webhook}
        template = await place.ask("POST", "/v1/templates", 201, json=content)
        asked = {"template": template["id"]}
        made = await place.ask("POST", "/v1/interviews", 201, json=asked)
        assert own.url not in str(made)
        path = f"/v1/interviews/{made['id']}"
        await place.ask("POST", f"{path}/cancel")
        await until(lambda: len(own.got) == len(place.receiver.got) == 2)
        assert own.types() == place.receiver.types()
        assert not set(own.bodies) & set(place.receiver.bodies), (
            "each delivery has an id of its own"
        )
        headers = {"Authorization": f"Bearer {KEY}"}
        async with place.client.get(f"{path}/log", headers=headers) as response:
            assert own.url not in await response.text()
        rows = await place.listed(f"?interview={made['id']}")
        (endpoint,) = {row["endpoint"] for row in rows} - {"default"}
        assert endpoint.startswith("interview.")
        await place.ask("DELETE", path, 204)
        await until(lambda: own.types()[2:] == ["interview.deleted"])
        answered = await place.ask("POST", f"/v1/webhooks/endpoints/{endpoint}/enable")
        assert (answered["id"], answered["host"]) == (endpoint, own.url.split("/")[2])


async def test_an_interview_brings_no_url_of_ours(place: Place) -> None:
    for url in ("https://10.0.0.1/in", "http://169.254.169.254/", "https://[::1]/"):
        spec = {**SPEC, "webhook": {"url": url}}
        answer = await place.ask("POST", "/v1/interviews", 422, json=spec)
        assert answer["code"] == "webhook_url_forbidden", url
        assert "public" in answer["detail"], url
