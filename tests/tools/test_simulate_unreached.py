"""`media-server simulate` at a server that gives no answer: one sentence, and the right one."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from media_server.tools import simulate
from media_server.tools.simulation import Simulation
from media_server.tools.simulation_line import SimulationFailed


@pytest.fixture
async def silent_url(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Somebody accepts the connection and says nothing."""
    monkeypatch.setattr(simulate, "HTTP_TIMEOUT_S", 0.2)
    over = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    over.set()
    server.close()
    await server.wait_closed()


def arguments(url: str) -> argparse.Namespace:
    return argparse.Namespace(
        url=url, join=None, record=None, json=None, api_key="key", ask_again=False, timeout=900.0
    )


async def test_a_server_that_is_silent_is_not_said_to_take_too_long(silent_url: str) -> None:
    with pytest.raises(SimulationFailed, match=r"no answer within 0\.2 s"):
        await simulate._run(arguments(silent_url), (), None)


async def test_a_server_that_is_gone_at_the_end_is_named(
    silent_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hold(simulation: Simulation, session: aiohttp.ClientSession) -> None:
        del session
        simulation.status = "completed"
        simulation._line.base = silent_url

    monkeypatch.setattr(Simulation, "hold", hold)
    with pytest.raises(SimulationFailed, match="cannot reach http"):
        await simulate._run(arguments(silent_url), (), None)
