"""Both clients against a real server, and against answers that no server should give."""

from __future__ import annotations

import asyncio
import inspect
import io
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from media_server.api_client import (
    ApiError,
    AsyncClient,
    Client,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Unreachable,
    operations,
)
from media_server.api_client.errors import Fault
from media_server.evidence.keys import public_keys
from media_server.evidence.verify import WHOLE, verify
from media_server.interview.result import Result
from media_server.interview.spec import InterviewSpec
from signaling.routes import ROUTES
from tests.evidence.bundles import API_KEY, INTERVIEW, filled, finished, serving
from tests.signaling.conftest import KEY, SPEC, House, open_house
from tests.support.env import free_port

URL = "http://media.test"


@pytest.fixture
async def house() -> AsyncIterator[House]:
    opened = await open_house(prefix="/interviews")
    yield opened
    await opened.client.close()


def url_of(house: House) -> str:
    return str(house.client.make_url("/interviews"))


async def in_thread(work: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(work)


def methods(client: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(client, inspect.isfunction) if name[0] != "_"}


def test_no_route_is_forgotten() -> None:
    """Whoever adds a route for integrators adds a method of both clients, and a line to METHODS."""
    routes = {
        (r.method, r.name) for r in ROUTES if r.published and (r.scope or r.name == "evidence_key")
    }
    assert routes - operations.METHODS.keys() == set(), "no method of the clients"
    assert operations.METHODS.keys() - routes == set(), "no such route any more"
    assert set(operations.METHODS.values()) <= methods(Client)


def test_both_clients_have_the_same_methods() -> None:
    assert methods(Client) == methods(AsyncClient)
    for name in methods(Client):
        one, other = (inspect.signature(getattr(kind, name)) for kind in (Client, AsyncClient))
        assert one.parameters == other.parameters, name
        assert inspect.getdoc(getattr(Client, name)) == inspect.getdoc(getattr(AsyncClient, name))


async def test_the_life_of_an_interview(house: House) -> None:
    async with AsyncClient(url_of(house), KEY) as client:
        created = await client.create(SPEC, idempotency_key="application-1")
        again = await client.create(SPEC, idempotency_key="application-1")
        assert created.id == again.id
        assert created.join_url.startswith("http://")
        assert (await client.get(created.id)).status == "created"
        others = [(await client.create(InterviewSpec(**SPEC))).id for _ in range(4)]
        listed = [row.id async for row in client.interviews(page_size=2)]
        assert listed == [*reversed(others), created.id]
        assert isinstance(await client.result(created.id), Result)
        assert (await client.transcript_vtt(created.id)).startswith("WEBVTT")
        assert "Who are you?" in await client.transcript_text(created.id)
        header, *entries = [line async for line in client.log(created.id)]
        assert (header["interview"], [e["seq"] for e in entries]) == (created.id, [1, 2])
        assert (await client.cancel(created.id)).status == "cancelled"
        with pytest.raises(Conflict) as over:
            await client.cancel(created.id)
        assert (over.value.status, over.value.code) == (409, "already_over")
        await client.erase(created.id)
        with pytest.raises(NotFound):
            await client.get(created.id)


async def test_the_blocking_client_does_the_same(house: House) -> None:
    def live() -> None:
        with Client(url_of(house), KEY) as client:
            created = client.create(SPEC)
            assert [row.id for row in client.interviews()] == [created.id]
            assert client.result(created.id).partial
            assert len(list(client.log(created.id))) == 3
            raw = io.BytesIO()
            assert client.export(created.id, raw) == len(raw.getvalue())
            assert client.cancel(created.id).status == "cancelled"
            client.erase(created.id)
            with pytest.raises(NotFound):
                client.result(created.id)

    await in_thread(live)


async def test_templates_and_their_versions(house: House) -> None:
    async with AsyncClient(url_of(house), KEY) as client:
        first = await client.create_template({"name": "Cooks", "questions": ["Who are you?"]})
        content = first.content.model_copy(update={"title": "Line cook"})
        second = await client.replace_template(first.id, content, version=first.version)
        assert (first.version, second.version, second.title) == (1, 2, "Line cook")
        with pytest.raises(Conflict) as changed:
            await client.replace_template(first.id, content, version=1)
        assert changed.value.status == 412
        assert (await client.template(first.id)).version == 2
        assert (await client.template(first.id, version=1)).title != "Line cook"
        assert [found.id async for found in client.templates()] == [first.id]
        interview = await client.create({"template": first.id, "candidate": {"external_id": "1"}})
        assert interview.title == "Line cook"
        await client.delete_template(first.id)
        with pytest.raises(NotFound):
            await client.template(first.id)


async def test_filters_holds_and_webhooks_of_a_real_store(tmp_path: Path) -> None:
    async with (
        filled(tmp_path / "data", finished(), audio_s=0.0) as bench,
        serving(tmp_path / "data", bench) as served,
        AsyncClient(str(served.make_url("")), API_KEY) as client,
    ):
        other = await client.create({**SPEC, "title": "Gardener"})
        assert [row.id async for row in client.interviews(text="garden")] == [other.id]
        assert [row.id async for row in client.interviews(status="completed")] == [INTERVIEW]
        assert "<svg" in await client.link_svg(other.id)
        assert (await client.hold(INTERVIEW, "a claim", artifacts=("log",))).held == ["log"]
        assert (await client.held(INTERVIEW)).reason == "a claim"
        with pytest.raises(Conflict):
            await client.erase(INTERVIEW)
        assert (await client.release(INTERVIEW)).held == []
        await client.erase(INTERVIEW)
        assert (await client.webhook_endpoints()).endpoints == []
        assert (await client.delivery_page(status="failed")).deliveries == []
        for asked in (client.test_webhook("none"), client.enable_webhook("none")):
            with pytest.raises(NotFound):
                await asked
        with pytest.raises(NotFound):
            await client.replay_delivery("msg_none")


async def test_reports_and_their_links_of_a_real_store(tmp_path: Path) -> None:
    async with (
        filled(tmp_path / "data", finished()) as bench,
        serving(tmp_path / "data", bench) as served,
        AsyncClient(str(served.make_url("")), API_KEY) as client,
    ):
        report = await client.report(INTERVIEW)
        assert [answer.prompt_id for answer in report.result.answers] == ["q1", "q2", "q3"]
        assert (await client.report_csv(INTERVIEW)).count("\n") >= 3
        link = await client.create_report_link(INTERVIEW, ttl_s=3600, scopes=["report"])
        assert "#" in link.url
        assert [found.id for found in (await client.report_links(INTERVIEW)).links] == [link.id]
        await client.revoke_report_link(INTERVIEW, link.id)
        assert (await client.report_links(INTERVIEW)).links == []
        for prompt in ("", "."):
            with pytest.raises(Invalid):
                await client.answer_audio(INTERVIEW, prompt, io.BytesIO())
        with pytest.raises(NotFound):
            await client.answer_audio(INTERVIEW, "../../x", io.BytesIO())


async def test_faults_come_as_they_were_listed(house: House) -> None:
    async with AsyncClient(url_of(house), KEY) as client:
        with pytest.raises(Invalid) as refused:
            await client.create({"questions": [{"id": "q1"}]})
        assert refused.value.code == "invalid_body"
        assert refused.value.errors == (
            Fault("#/questions/0/text", refused.value.errors[0].message),
        )
        assert "#/questions/0/text" in str(refused.value)
        for bad in ("../secrets", "", "a/b", "x" * 65):
            with pytest.raises(Invalid, match="no id of an interview"):
                await client.get(bad)
        with pytest.raises(Invalid, match="no name of a recording"):
            await client.audio("iv_1", "../x", io.BytesIO())
        with pytest.raises(Invalid, match="cannot be written as JSON"):
            await client.create({"questions": {1, 2}})
    async with AsyncClient(url_of(house), "wrong-key-of-the-tests") as client:
        with pytest.raises(Forbidden) as stranger:
            await client.page()
        assert stranger.value.status == 401


async def test_the_key_is_in_no_text(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with AsyncClient(url_of(house), KEY) as client:
        await client.page()
        texts = [repr(client), str(vars(client))]
        for wrong in (client.get("iv_none"), client.create({})):
            with pytest.raises(ApiError) as error:
                await wrong
            texts += [repr(error.value), str(error.value)]
    async with AsyncClient(f"http://127.0.0.1:{free_port()}", KEY, deadline_s=0.1) as client:
        with pytest.raises(Unreachable) as gone:
            await client.page()
        texts += [repr(gone.value), str(gone.value)]
    assert not [text for text in (*texts, caplog.text) if KEY in text]


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "http://", "http://u:p@x", "http://x?y", "localhost"]
)
def test_what_is_no_server(url: str) -> None:
    with pytest.raises(Invalid):
        Client(url, KEY)


@pytest.mark.parametrize("key", ["", "two words", "line\nfeed", "ключ"])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(Invalid) as refused:
        Client(URL, key)
    assert not key or key not in str(refused.value)


async def test_evidence_and_audio_of_a_real_store(tmp_path: Path) -> None:
    async with (
        filled(tmp_path / "data", finished()) as bench,
        serving(tmp_path / "data", bench) as served,
        AsyncClient(str(served.make_url("")), API_KEY) as client,
    ):
        key = await client.evidence_key()
        with (tmp_path / "b.zip").open("wb") as file:
            await client.bundle(INTERVIEW, file)
        with (tmp_path / "a.ogg").open("wb") as file:
            await client.audio(INTERVIEW, "audio-0001.ogg", file)
    kids = {one.kid for one in public_keys(key.model_dump_json().encode())}
    assert verify(tmp_path / "b.zip", kids).code == WHOLE
    assert (tmp_path / "a.ogg").read_bytes().startswith(b"OggS")
