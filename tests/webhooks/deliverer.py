"""A server's webhooks in a process of their own, which kills itself at a point that is named.

Arguments: the store, the receiver's URL, the point, and how often it is passed before it kills.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import Any

from media_server.ports.deliveries import Delivery
from media_server.store.redis import RedisEventLog
from media_server.store.redis_deliveries import RedisDeliveries
from media_server.store.sqlite_deliveries import SqliteDeliveries
from media_server.webhooks.dispatcher import Dispatcher
from media_server.webhooks.endpoint import WebhookEndpoint
from media_server.webhooks.guard import Guard
from media_server.webhooks.relay import Relay
from media_server.webhooks.sender import Attempt, Sender
from tests.store.conftest import make_log
from tests.support.slow_disk import be_patient_for_good
from tests.webhooks.receiver import SECRET

STEPS = ("unread", "row", "read", "hand_over", "due", "claim", "send", "settle")
POINTS = (
    *(f"{when} {step}" for step in STEPS for when in ("before", "after")),
    "receiver has the head",
    "receiver has the body",
    "receiver has answered",
    "any moment",
)
"""Between an event and its delivery. The last four are the receiver's to kill at, or the time's."""
TTL_S = 1.0


class Killer:
    """Kills this process, with nothing flushed and nobody asked, when its point is reached."""

    def __init__(self, point: str, times: int) -> None:
        self._point = point
        self._left = times

    def reached(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, of: Any, *steps: str) -> Any:
        """`of`, with each of these steps between two points."""
        for step in steps:
            setattr(of, step, self._wrapped(step, getattr(of, step)))
        return of

    def _wrapped(self, step: str, call: Any) -> Any:
        async def wrapped(*args: Any, **named: Any) -> Any:
            self.reached(f"before {step}")
            answer = await call(*args, **named)
            self.reached(f"after {step}")
            return answer

        return wrapped


async def settled(_interview_id: str) -> float | None:
    return None


async def main(store_url: str, url: str, point: str, times: int) -> None:
    killer = Killer(point, times)
    log = make_log(store_url)
    await log.open()
    made = (
        RedisDeliveries(log._client)
        if isinstance(log, RedisEventLog)
        else SqliteDeliveries(log.worker)
    )
    deliveries = killer.around(made, "unread", "hand_over", "due", "claim", "settle")
    endpoint = WebhookEndpoint("e1", url, (SECRET,))
    sender = Sender(Guard(("127.0.0.0/8",)), timeout_s=5.0, wall_s=time.time)

    class Sending:
        async def send(self, to: WebhookEndpoint, delivery: Delivery) -> Attempt:
            killer.reached("before send")
            attempt = await sender.send(to, delivery)
            killer.reached("after send")
            return attempt

    relay = Relay(
        killer.around(log, "row", "read"), deliveries, lambda _tenant: (endpoint,), settled,
        time.time,
    )  # fmt: skip
    dispatcher = Dispatcher(
        deliveries, Sending(), lambda _tenant, _id: endpoint, timeout_s=TTL_S / 2,
        margin_s=TTL_S / 2,
    )  # fmt: skip
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        more = await relay.step()
        begun = await dispatcher.step()
        if not more and not begun:
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    be_patient_for_good()
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
