"""The receivers of docs/webhooks.md take real deliveries and refuse what is not theirs."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media_server.ports.deliveries import Delivery
from media_server.webhooks.endpoint import WebhookEndpoint
from media_server.webhooks.events import PublicEvent
from media_server.webhooks.guard import Guard
from media_server.webhooks.names import EVENT_TYPES
from media_server.webhooks.sender import Sender
from tests.support.env import REPOSITORY
from tests.webhooks.receiver import OTHER, SECRET

PAGE = (REPOSITORY / "docs" / "webhooks.md").read_text("utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\b[^\n]*\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    made = Sender(Guard(("127.0.0.1",)), timeout_s=10.0, wall_s=time.time)
    yield made
    await made.close()


@pytest.mark.parametrize("language", ["python", "js"])
async def test_a_receiver_of_the_page(
    language: str, tmp_path: Path, sender: Sender, unused_tcp_port: int
) -> None:
    program = sys.executable if language == "python" else shutil.which("node")
    if program is None:
        pytest.skip("there is no node")
    file = tmp_path / ("receiver.py" if language == "python" else "receiver.mjs")
    file.write_text(block(language))
    receiver = await asyncio.create_subprocess_exec(
        program, str(file), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={"PORT": str(unused_tcp_port), "WEBHOOK_SECRET": SECRET},
    )  # fmt: skip
    url = f"http://127.0.0.1:{unused_tcp_port}/in"
    body = PublicEvent("interview.completed", "iv_ü", 7, 1.0, {"status": "completed"}).body()
    delivery = Delivery("msg_a", "default", "e1", "iv_1", "interview.completed", body, 0.0)
    try:
        status = None
        for _ in range(400):
            made = await sender.send(WebhookEndpoint("e1", url, (OTHER, SECRET)), delivery)
            status = made.made.status
            if status is not None:
                break
            await asyncio.sleep(0.05)
        assert status == 204
        again = await sender.send(WebhookEndpoint("e1", url, (SECRET,)), delivery)
        assert again.made.status == 204
        forged = await sender.send(WebhookEndpoint("e1", url, (OTHER,)), delivery)
        assert forged.made.status == 401
        old = Sender(Guard(("127.0.0.1",)), timeout_s=10.0, wall_s=lambda: time.time() - 900)
        late = await old.send(WebhookEndpoint("e1", url, (SECRET,)), delivery)
        await old.close()
        assert late.made.status == 401
    finally:
        receiver.terminate()
        out, _ = await receiver.communicate()
    assert out.decode() == "interview.completed iv_ü\n", "once, though it came twice"


def test_the_page_names_every_event() -> None:
    table = PAGE.partition("## Events")[2].partition("## What you can rely on")[0]
    assert [name for name in EVENT_TYPES if f"`{name}`" not in table] == []
