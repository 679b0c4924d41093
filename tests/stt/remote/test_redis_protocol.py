"""What travels over Redis, between servers and machines of different versions."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from media_server.ports import SttJob
from media_server.stt.remote import redis_protocol as protocol
from media_server.stt.remote.redis_load import load_from

JOB = SttJob("i", "1-1", 1, True, 2.0, np.arange(4, dtype=np.int16), "en", ("Leeds",), 900)


def over_redis(job: SttJob, *, without: str = "") -> SttJob:
    fields = {
        (key if isinstance(key, bytes) else key.encode()): (
            value if isinstance(value, bytes) else value.encode()
        )
        for key, value in protocol.entry_fields("server", 7, job).items()
    }
    header = json.loads(fields[b"header"])
    header.pop(without, None)
    fields[b"header"] = json.dumps(header).encode()
    return protocol.entry_from(b"1-0", fields).job


@pytest.mark.parametrize("record", [True, False])
def test_a_job_says_whether_it_is_for_the_record(*, record: bool) -> None:
    job = over_redis(replace(JOB, record=record))
    assert (job.record, job.final, job.glossary, job.speech_ms) == (record, True, ("Leeds",), 900)
    assert job.pcm.tolist() == [0, 1, 2, 3]


def test_a_server_of_before_the_record_sends_finals_only() -> None:
    assert not over_redis(replace(JOB, record=True), without="record").record


@pytest.mark.parametrize(("machines", "gains"), [([True, True], True), ([True, None], False),
                                                 ([True, False], False), ([], False)])  # fmt: skip
def test_the_record_is_made_where_every_machine_gains_by_it(
    machines: list[bool | None], *, gains: bool
) -> None:
    """A machine of an earlier version does not say, and would do it before somebody's words."""
    described = []
    for one in machines:
        values = {"ready": 1, "wanted": 1, "engine": "e", "model": "m", "notice": "", "job_s": 1.0}
        if one is not None:
            values["gains_from_context"] = one
        described.append(protocol.description(values).encode())
    assert load_from(([0, 0, 0], [0, 0, 0], 0, described)).gains_from_context == gains
