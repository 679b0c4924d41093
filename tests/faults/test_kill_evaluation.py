"""kill -9 of a real server while it judges: the rest is judged, and the end is written once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.faults.invariants import read_sqlite_log
from tests.faults.visitor import Visitor, create, get
from tests.support.env import free_port
from tests.support.judge import SAID, Judge, spec
from tests.support.llm_server import MODEL, open_llm_server
from tests.support.server import kill_server, start_server, stop_server

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(120)]
ALL = ["evaluation_began", "criterion_judged", "criterion_judged", "evaluation_made"]


def kinds(data_dir: Path, interview_id: str) -> list[str]:
    found = [entry["type"] for entry in read_sqlite_log(data_dir, interview_id)]
    return [kind for kind in found if kind.startswith(("evaluation", "criterion"))]


async def test_killed_while_it_judges(tmp_path: Path) -> None:
    judge = Judge()
    wanted: dict[str, Any] = spec().model_dump(
        mode="json", include={"questions", "evaluation"}, exclude_defaults=True
    )
    async with open_llm_server(judge) as model, aiohttp.ClientSession() as http:
        model.fault = lambda _: "silent" if len(judge.asked) >= 4 else ""
        told = {"PORT": str(free_port()), "MEDIA_SERVER_OLLAMA_URL": model.url}
        told |= {"MEDIA_SERVER_OLLAMA_MODEL": MODEL}
        server = await asyncio.to_thread(start_server, tmp_path, **told)
        made = await create(server, http, **{**wanted, "evaluation": {}})
        visitor = await Visitor(server, http, made["join_url"]).visit()
        await visitor.listening(1)
        visitor.send("text_answer", text=SAID)
        await visitor.listening(2)
        visitor.send("leave")
        await visitor.sees("completed")
        await visitor.candidate.leave()
        async with asyncio.timeout(40):
            while len(kinds(server.data_dir, made["id"])) < 2:
                await asyncio.sleep(0.1)
        kill_server(server)
        assert kinds(server.data_dir, made["id"]) == ALL[:2]
        model.fault = ""
        server = await asyncio.to_thread(start_server, tmp_path, **told)
        try:
            path = f"/v1/interviews/{made['id']}/evaluation"
            async with asyncio.timeout(60):
                while (await get(server, http, path))["status"] == "pending":
                    await asyncio.sleep(0.2)
            assert (await get(server, http, path))["status"] == "ready"
            assert kinds(server.data_dir, made["id"]) == ALL
            assert judge.asked == ["quotes", *["score"] * 3] * 2, "nothing is judged again"
        finally:
            await asyncio.to_thread(stop_server, server)
