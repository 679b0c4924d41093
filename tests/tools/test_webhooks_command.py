"""`media-server webhooks listen`: verified events are printed, others refused with the reason."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from media_server.cli import main
from media_server.ports.deliveries import Delivery
from media_server.tools.webhooks_command import Unverified, make_server, new_secret, verified
from media_server.webhooks import signing
from media_server.webhooks.endpoint import WebhookEndpoint, secret_bytes
from media_server.webhooks.guard import Guard
from media_server.webhooks.sender import Sender
from tests.webhooks.receiver import OTHER, SECRET

BODY = '{"type":"webhook.test","timestamp":"2023-11-14T22:13:20Z","data":{"interview":"i1"}}'


def headers(body: str = BODY, secret: str = SECRET, at_s: float | None = None) -> dict[str, str]:
    at_s = time.time() if at_s is None else at_s
    made = signing.headers("msg_a", body, [secret], at_s=at_s)
    return {name.lower(): value for name, value in made.items()}


def test_what_is_signed_with_the_secret_is_an_event() -> None:
    assert verified(SECRET, BODY.encode(), headers())["type"] == "webhook.test"


@pytest.mark.parametrize(
    ("given", "why"),
    [  # made when the test runs: its headers say the time
        (dict, "no webhook-id, webhook-timestamp, webhook-signature"),
        (lambda: {**headers(), "webhook-signature": ""}, "no webhook-signature"),
        (lambda: {**headers(), "webhook-signature": "nonsense"}, "cannot be read"),
        (lambda: {**headers(), "webhook-signature": "v1,%%%"}, "another secret"),
        (lambda: headers(secret=OTHER), "another secret"),
        (lambda: {**headers(), "webhook-id": "msg_b"}, "another secret"),
        (lambda: headers(body="{}"), "another secret"),
        (lambda: headers(at_s=time.time() - 9_999), "5 minutes ago"),
        (lambda: headers(at_s=time.time() + 9_999), "5 minutes ahead"),
        (lambda: {**headers(), "webhook-timestamp": "soon"}, "Invalid"),
    ],
)
def test_anything_else_is_refused_with_the_reason(
    given: Callable[[], dict[str, str]], why: str
) -> None:
    with pytest.raises(Unverified, match=why):
        verified(SECRET, BODY.encode(), given())


@pytest.mark.parametrize("body", ["[]", "no json", "\x00"])
def test_a_body_that_is_no_event_is_refused(body: str) -> None:
    with pytest.raises(Unverified):
        verified(SECRET, body.encode(), headers(body=body))


def test_a_new_secret_can_be_used() -> None:
    assert len(secret_bytes(new_secret())) == 32
    assert new_secret() != new_secret()


@contextmanager
def listening(said: list[Any]) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, SECRET, said=lambda id_, found: said.append((id_, found)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/webhooks"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_servers_own_delivery_is_printed() -> None:
    said: list[Any] = []
    delivery = Delivery("msg_a", "default", "e1", "i1", "webhook.test", BODY, 0.0)
    sender = Sender(Guard(("127.0.0.1",)), timeout_s=5.0, wall_s=time.time)
    with listening(said) as url:
        good = await sender.send(WebhookEndpoint("e1", url, (OTHER, SECRET)), delivery)
        bad = await sender.send(WebhookEndpoint("e1", url, (OTHER,)), delivery)
    await sender.close()
    assert (good.made.status, bad.made.status) == (204, 401)
    assert said[0] == ("msg_a", json.loads(BODY))
    assert "another secret" in said[1][1]


def test_it_says_how_to_point_a_server_to_it() -> None:
    listener = subprocess.Popen(
        [sys.executable, "-m", "media_server", "webhooks", "listen", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert listener.stderr is not None
    lines = [listener.stderr.readline().strip() for _ in range(5)]
    listener.terminate()
    listener.wait()
    listener.stderr.close()
    names = [line.partition("=")[0] for line in lines[2:]]
    assert lines[0].startswith("listening on http://127.0.0.1:")
    assert names == [
        f"MEDIA_SERVER_WEBHOOK_{name}" for name in ("URL", "SECRETS", "ALLOW_NETWORKS")
    ]


def test_a_secret_that_is_none_is_refused_without_showing_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["webhooks", "listen", "--secret", "hunter2"]) == 2
    shown = capsys.readouterr()
    assert "whsec_" in shown.err
    assert "hunter2" not in shown.err
