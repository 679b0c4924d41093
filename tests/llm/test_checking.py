"""What the doctor says of a model: which, how fast, whether JSON works, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from media_server.llm import checking
from media_server.llm.checking import LlmFinding, check
from media_server.llm.settings import LlmSettings
from media_server.tools.doctor import examine
from tests.llm.world import settings_for
from tests.support.env import free_port
from tests.support.llm_server import (
    MODEL,
    Asked,
    LlmServer,
    llm_server_thread,
    open_llm_server,
    plain_answer,
)
from tests.tools.test_doctor import config

pytestmark = pytest.mark.parametrize("engine", ["ollama", "openai"])
WORDS = "A good day at work begins with a clear plan, some quiet hours, and a task that ends well."


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need seconds to load what asks."""
    monkeypatch.setattr(checking, "LIST_S", 30.0)


def answer(asked: Asked) -> str:
    return WORDS if asked.schema is None else plain_answer(asked)


async def found(server: LlmServer, engine: str) -> dict[str, LlmFinding]:
    findings = await check(settings_for(server, engine), answer_s=30.0)
    return {finding.name: finding for finding in findings}


async def test_model_speed_and_schema(engine: str) -> None:
    async with open_llm_server(answer) as server:
        findings = await found(server, engine)
        assert (findings[engine].level, findings["schema"].level) == ("ok", "ok")
        assert findings[engine].what == f"{MODEL} at 127.0.0.1:{server.port}"
        measured = r"first word after \d+\.\d\d s, \d+ tokens per second"
        assert re.match(measured, findings["speed"].what)
        assert "JSON by a schema works" in findings["schema"].what


async def test_no_schema(engine: str) -> None:
    async with open_llm_server(answer) as server:
        server.fault = lambda asked: "" if asked.schema is None else "not_json"
        schema = (await found(server, engine))["schema"]
        assert schema.level == "warn"
        assert "no follow-ups and no evaluation by a model" in schema.what
        assert ("Ollama 0.5" if engine == "ollama" else "response_format") in schema.mend


async def test_a_model_that_is_not_there(engine: str) -> None:
    async with open_llm_server(answer, models=("other",)) as server:
        (finding,) = (await found(server, engine)).values()
        assert finding.level == "warn"
        assert f"no model {MODEL} at 127.0.0.1" in finding.what
        wanted = f"ollama pull {MODEL}" if engine == "ollama" else "it lists: other"
        assert wanted in finding.mend


async def test_a_wrong_key(engine: str) -> None:
    async with open_llm_server(answer, api_key="right") as server:
        settings = settings_for(server, engine)
        server.api_key = "another"
        findings = await check(settings)
        if engine == "openai":  # Ollama asks for none
            assert "API key is refused" in findings[0].what
            assert "MEDIA_SERVER_LLM_API_KEY" in findings[0].mend


@pytest.mark.parametrize("fault", ["refused", "silent"])
async def test_nobody_answers(engine: str, fault: str) -> None:
    async with open_llm_server(answer, fault="silent") as server:
        if fault == "refused":
            await server.refuse()
        findings = await check(settings_for(server, engine), answer_s=0.3)
    assert findings[-1].level == "warn"
    assert findings[-1].mend


def test_the_doctor_shows_it(engine: str, tmp_path: Path) -> None:
    with llm_server_thread(answer) as server:
        settings = settings_for(server, engine)
        shown = [
            finding
            for finding in examine(
                config(
                    tmp_path,
                    MEDIA_SERVER_LLM_ENGINE=engine,
                    MEDIA_SERVER_LLM_URL=settings.base_url,
                    MEDIA_SERVER_LLM_MODEL=MODEL,
                    MEDIA_SERVER_LLM_CONNECT_TIMEOUT_S="10",
                )
            )
            if finding.area == "language model"
        ]
    assert len(shown) == 3
    assert shown[0].what.startswith(f"{engine}: {MODEL}")


async def test_nothing_is_asked_without_a_model(engine: str) -> None:
    async with open_llm_server(answer) as server:
        unused = f"http://127.0.0.1:{free_port()}"
        (finding,) = await check(LlmSettings(engine="scripted", ollama_url=unused))
        assert (finding.level, finding.name, server.asked) == ("ok", "engine", [])
        assert engine
