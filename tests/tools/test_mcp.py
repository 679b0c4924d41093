"""`media-server mcp`, asked by the SDK's own client: in this process, over pipes, over HTTP."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from media_server.api_client import AsyncClient
from media_server.cli import main
from media_server.tools import mcp_command
from tests.evidence.bundles import API_KEY, INTERVIEW, filled, finished, serving
from tests.signaling.conftest import KEY, SPEC, House, open_house
from tests.support import mcp_client

if TYPE_CHECKING:
    from mcp import Client as McpClient

READING = {
    "list_interviews", "interview_status", "interview_result", "interview_evaluation",
    "check_quotes",
}  # fmt: skip
WRITING = {
    "create_interview", "join_link", "decide_score", "evaluate_again", "cancel_interview",
    "erase_interview",
}  # fmt: skip
ANCHORS = [{"score": 1, "text": "Names nothing"}, {"score": 5, "text": "Names a measure"}]
JUDGED = {
    "id": "q1",
    "text": "What did you cook?",
    "criteria": [{"id": "c1", "text": "Says what was cooked", "anchors": ANCHORS}],
}
TOKEN = "a-token-of-the-tests-0123456789"  # noqa: S105  # opens nothing


@pytest.fixture
async def house() -> AsyncIterator[House]:
    opened = await open_house()
    yield opened
    await opened.client.close()


def url_of(house: House) -> str:
    return str(house.client.make_url("")).rstrip("/")


async def ask(client: McpClient, tool: str, **arguments: Any) -> dict[str, Any]:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    found: dict[str, Any] = answer.structured_content or {}
    assert "http://" not in str(found) or tool == "join_link", "a link is a secret"
    assert KEY not in str(answer)
    return found


async def refused(client: McpClient, tool: str, **arguments: Any) -> str:
    answer = await client.call_tool(tool, arguments)
    assert answer.is_error
    return str(answer.content)


async def test_the_life_of_an_interview(house: House) -> None:
    async with (
        AsyncClient(url_of(house), KEY) as api,
        mcp_client.of_tools(api, write=True) as client,
    ):
        assert {tool.name for tool in (await client.list_tools()).tools} == READING | WRITING
        created = await ask(client, "create_interview", spec=SPEC, idempotency_key="k1")
        again = await ask(client, "create_interview", spec=SPEC, idempotency_key="k1")
        assert created["id"] == again["id"]
        name = created["id"]
        link = (await ask(client, "join_link", interview_id=name))["join_url"]
        assert f"/j/{name}." in link
        assert (await ask(client, "interview_status", interview_id=name))["status"] == "created"
        listed = await ask(client, "list_interviews")
        assert [row["id"] for row in listed["interviews"]] == [name]
        result = await ask(client, "interview_result", interview_id=name)
        assert (result["partial"], result["answers"][0]["asked"]) == (True, "Who are you?")
        assert (await ask(client, "cancel_interview", interview_id=name))["status"] == "cancelled"
        assert "The interview is over" in await refused(
            client, "cancel_interview", interview_id=name
        )
        assert (await ask(client, "erase_interview", interview_id=name))["erased"]
        assert "No such interview" in await refused(client, "interview_status", interview_id=name)
        assert "required field" in await refused(
            client, "create_interview", spec={"questions": [{"id": "q1"}]}
        )


async def test_without_write_nothing_can_be_changed(house: House) -> None:
    created = await house.create()
    async with (
        AsyncClient(url_of(house), KEY) as api,
        mcp_client.of_tools(api, write=False) as client,
    ):
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == READING
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        for tool in sorted(WRITING):
            assert "Unknown tool" in await refused(client, tool, interview_id=created["id"])
    assert house.service.interviews[created["id"]].status == "created"


async def test_a_dry_run_changes_nothing(house: House) -> None:
    created = await house.create()
    async with (
        AsyncClient(url_of(house), KEY) as api,
        mcp_client.of_tools(api, write=True) as client,
    ):
        tried = await ask(client, "create_interview", spec=SPEC, dry_run=True)
        assert (tried["acceptable"], tried["questions"]) == (True, ["Who are you?"])
        bad = await ask(client, "create_interview", spec={"questions": []}, dry_run=True)
        assert not bad["acceptable"]
        name = created["id"]
        cancelled = await ask(client, "cancel_interview", interview_id=name, dry_run=True)
        erased = await ask(client, "erase_interview", interview_id=name, dry_run=True)
        assert cancelled["would_cancel"] == erased["would_erase"]
        assert "No such interview" in await refused(
            client, "erase_interview", interview_id="iv_none", dry_run=True
        )
    assert list(house.service.interviews) == [name]
    assert house.service.interviews[name].status == "created"


async def test_an_evaluation_is_read_and_decided_by_a_person(house: House) -> None:
    """What the server says of each is what its own tests look at; here that it is asked."""
    plain = (await house.create())["id"]
    judged = (await house.create({"evaluation": {}, "questions": [JUDGED]}))["id"]
    decided = {"question_id": "q1", "criterion_id": "c1", "by": "Ada Weber"}
    async with (
        AsyncClient(url_of(house), KEY) as api,
        mcp_client.of_tools(api, write=True) as client,
    ):
        none = await refused(client, "interview_evaluation", interview_id=plain)
        assert "did not ask for an evaluation" in none
        for tool in ("interview_evaluation", "evaluate_again"):
            found = await ask(client, tool, interview_id=judged)
            assert (found["status"], found["final"], found["criteria"]) == ("pending", False, [])
        tried = await ask(client, "decide_score", interview_id=judged, dry_run=True, **decided)
        assert (tried["would_decide"]["action"], tried["now"]["status"]) == ("confirm", "pending")
        changed = {**decided, "score": 2, "reason": "The figure is not hers."}
        tried = await ask(client, "decide_score", interview_id=judged, dry_run=True, **changed)
        assert (tried["would_decide"]["action"], tried["would_decide"]["score"]) == ("override", 2)
        assert (await ask(client, "evaluate_again", interview_id=judged, dry_run=True))["dry_run"]
        too_soon = await refused(client, "decide_score", interview_id=judged, **decided)
        assert "not judged yet" in too_soon


async def test_a_dry_run_from_a_template_says_what_creating_does(house: House) -> None:
    async with (
        AsyncClient(url_of(house), KEY) as api,
        mcp_client.of_tools(api, write=True) as client,
    ):
        made = await api.create_template({"name": "Cooks", "questions": ["What did you cook?"]})
        spec = {"template": made.id, "overrides": {"title": "Line cook"}}
        tried = await ask(client, "create_interview", spec=spec, dry_run=True)
        assert not house.service.interviews
        assert (tried["acceptable"], tried["title"]) == (True, "Line cook")
        assert tried["questions"] == ["What did you cook?"]
        assert (await ask(client, "create_interview", spec=spec))["title"] == "Line cook"
        bad = {**spec, "overrides": {"questions": []}}
        assert not (await ask(client, "create_interview", spec=bad, dry_run=True))["acceptable"]
        none = {"template": "tp_nothing00"}
        await refused(client, "create_interview", spec=none, dry_run=True)


async def test_quotes_are_those_of_the_candidate(tmp_path: Path) -> None:
    async with (
        filled(tmp_path / "data", finished()) as bench,
        serving(tmp_path / "data", bench) as served,
        AsyncClient(str(served.make_url("")), API_KEY) as api,
        mcp_client.of_tools(api, write=False) as client,
    ):
        quotes = [
            "number 1 is long",
            "has “quotes”\n and an umlaut: ü.",
            "answer number 7",
            "nswer number 1",
            "Question number 1?",
        ]
        found = (await ask(client, "check_quotes", interview_id=INTERVIEW, quotes=quotes))["quotes"]
    assert [quote["said"] for quote in found] == [True, True, False, False, False]
    assert (found[0]["prompt_id"], found[1]["prompt_id"]) == ("q1", "q3")
    # The third to sixth word, 0.4 s each, from 1 s on: see `bundles.words`.
    assert found[0]["start_s"] == pytest.approx(1.8)
    assert found[0]["end_s"] == pytest.approx(1.0 + 5 * 0.4 + 0.3)


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "MEDIA_SERVER_API_KEY": KEY, "DATA_DIR": str(data_dir), **more}


async def test_over_pipes(house: House, tmp_path: Path) -> None:
    from mcp import Client as McpClient  # noqa: PLC0415  # see mcp_client
    from mcp.client.stdio import StdioServerParameters  # noqa: PLC0415

    created = await house.create()
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "media_server", "mcp", "--url", url_of(house)],
        env=environment(tmp_path),
    )
    async with McpClient(command) as client:
        status = await ask(client, "interview_status", interview_id=created["id"])
        assert status["status"] == "created"
        assert len((await client.list_tools()).tools) == len(READING)


async def test_over_http_with_a_token(house: House, tmp_path: Path) -> None:
    import httpx2  # noqa: PLC0415  # see mcp_client
    from mcp import Client as McpClient  # noqa: PLC0415
    from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415

    created = await house.create()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media_server", "mcp", "--url", url_of(house), "--http", "0",
        env=environment(tmp_path, MEDIA_SERVER_MCP_TOKEN=TOKEN),
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        async with asyncio.timeout(120):
            line = (await process.stderr.readline()).decode()
        url = line.removeprefix("ready ").strip()
        assert url.startswith("http://127.0.0.1:"), line
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as http,
            McpClient(streamable_http_client(url, http_client=http)) as client,
        ):
            status = await ask(client, "interview_status", interview_id=created["id"])
            assert status["id"] == created["id"]
        async with httpx2.AsyncClient(timeout=60) as stranger:
            for headers in ({}, {"Authorization": "Bearer wrong"}):
                assert (await stranger.post(url, json={}, headers=headers)).status_code == 401
            bound = {"Authorization": f"Bearer {TOKEN}", "Host": "evil.example"}
            assert (await stranger.post(url, json={}, headers=bound)).status_code in (403, 421)
    finally:
        process.terminate()
        await process.communicate()


def test_what_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("MEDIA_SERVER_MCP_TOKEN", raising=False)
    assert main(["mcp", "--http", "0"]) == 2
    assert "MEDIA_SERVER_MCP_TOKEN" in capsys.readouterr().err
    monkeypatch.delenv("MEDIA_SERVER_API_KEY", raising=False)
    assert main(["mcp", "--key-file", str(tmp_path / "none")]) == 1
    assert "no API key" in capsys.readouterr().err
    monkeypatch.setattr(mcp_command, "installed", lambda: False)
    assert main(["mcp"]) == 2
    assert 'pip install "media-server[mcp]"' in capsys.readouterr().err
