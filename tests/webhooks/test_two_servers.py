"""Two servers that read the same outbox at once."""

from __future__ import annotations

from media_server.ports import NewEntry
from tests.store.conftest import AnyLog
from tests.store.test_deliveries import deliveries_of
from tests.webhooks.bench import Bench, add, begin, ended
from tests.webhooks.receiver import Receiver


async def test_the_one_that_has_read_less_tells_nothing_older(
    log: AnyLog, receiver: Receiver
) -> None:
    sent = deliveries_of(log)
    slow, quick = Bench(log, sent, receiver.endpoint()), Bench(log, sent, receiver.endpoint())
    words = NewEntry("segment_transcribed", {"prompt_id": "q1", "round": 1})
    await begin(log)
    await add(log, ended(), status="completed")
    await quick.all()
    await add(log, words, status="completed")
    hand_over = sent.hand_over

    async def when_the_other_is_done(*given: object, **named: object) -> None:
        sent.hand_over = hand_over  # type: ignore[method-assign]
        await add(log, words, status="completed")
        await quick.read()
        await hand_over(*given, **named)  # type: ignore[arg-type]

    sent.hand_over = when_the_other_is_done  # type: ignore[method-assign]
    await slow.relay.step()
    await quick.all()
    assert [body["data"]["revision"] for _, body in receiver.got[2:]] == [4]
    for server in (slow, quick):
        await server.close()
