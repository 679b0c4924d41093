"""What workers and the process of the recognisers say to each other, as headers of `stt.frames`. Pure.

| from | type | fields |
|---|---|---|
| worker | `hello` | `worker`: its number |
| worker | `job` | `token`, who and what as `SttJob`; the body is the PCM |
| worker | `drop_interims`, `forget` | `interview` |
| speech | `outcome` | `token`, what came of it as `SttOutcome` |
| speech | `status` | `SttStatus`; counters and timings for worker 1 alone, so that a sum over workers is right |
| speech | `unavailable` | `reason`: no recogniser can be used here; the process ends |

Ids of interviews and segments travel, since the pool is fair by them, and the turn's for the lines
of the log that tell what became of a job. Nothing else writes them down.
"""  # noqa: E501  # the table

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

from media_server.interview.given_up import GivenUp
from media_server.ports import Distribution, SttJob, SttOutcome, SttStatus
from media_server.ports.turn_trace import received_turn_id
from media_server.stt import frames
from media_server.stt.frames import BadFrame

_NUMBERS = (
    "workers_ready", "workers_wanted", "queued", "queued_interims", "running",
)  # fmt: skip
_TIMES = ("oldest_queued_s", "expected_wait_s", "newcomer_wait_s")
_TEXTS = ("engine", "model", "notice", "trouble")
_FLAGS = ("saturated", "gains_from_context")


def job_frame(token: int, job: SttJob) -> tuple[bytes, memoryview]:
    """(head, PCM as it travels). Raises BadFrame for audio over the limit of a frame."""
    body = frames.pcm_view(job.pcm)
    header = {
        "type": "job",
        "token": token,
        "interview": job.interview_id,
        "segment": job.segment_id,
        "turn": job.turn_id,
        "attempt": job.attempt,
        "start_s": job.start_s,
        **frames.job_header(job),
    }
    return frames.encode_head(header, len(body)), body


def job_from(header: Mapping[str, Any], body: bytes, *, interview_id: str) -> tuple[int, SttJob]:
    """(token, job), under another name of its interview. Raises BadFrame."""
    try:
        job = SttJob(
            interview_id=interview_id,
            segment_id=str(header["segment"]),
            attempt=int(header["attempt"]),
            final=header["final"] is True,
            start_s=float(header["start_s"]),
            pcm=frames.pcm_array(body),
            language=str(header["language"]),
            glossary=tuple(map(str, header["glossary"])),
            speech_ms=int(header["speech_ms"]),
            record=header["record"] is True,
            # A process of an earlier version, which is being replaced, does not say it.
            turn_id=received_turn_id(header.get("turn")),
        )
        return int(header["token"]), job
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadFrame("no job") from error


def outcome_frame(token: int, outcome: SttOutcome) -> bytes:
    """One frame, whose ids are the token. Raises BadFrame when it is over the limits."""
    made = outcome.transcription
    return frames.encode(
        {
            "type": "outcome",
            "token": token,
            "turn": outcome.turn_id,
            "made": None if made is None else frames.transcription_header(made),
            "reason": outcome.reason,
            "queued_s": outcome.queued_s,
            "worked_s": outcome.worked_s,
            "deliveries": outcome.deliveries,
            "cause": outcome.cause,
        }
    )


def outcome_from(header: Mapping[str, Any], job: SttJob) -> SttOutcome:
    """Of the job that was submitted. Raises BadFrame."""
    try:
        made, cause = header["made"], header["cause"]
        if cause not in get_args(GivenUp):
            raise BadFrame("no cause")
        return SttOutcome(
            job.interview_id,
            job.segment_id,
            job.attempt,
            job.final,
            None if made is None else frames.transcription_from(made),
            str(header["reason"]),
            float(header["queued_s"]),
            float(header["worked_s"]),
            int(header["deliveries"]),
            cause,
            job.turn_id,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadFrame("no outcome") from error


def status_frame(status: SttStatus, *, counted: bool) -> bytes:
    """`counted`: with counters and timings."""
    shown = {name: getattr(status, name) for name in (*_NUMBERS, *_TEXTS, *_FLAGS)}
    times = {name: getattr(status, name) for name in _TIMES}
    return frames.encode(
        {
            "type": "status",
            **shown,
            **{name: None if math.isinf(value) else value for name, value in times.items()},
            "languages": list(status.languages),
            "counters": dict(status.counters) if counted else {},
            "timings": [
                [*key, one.buckets, one.count, one.sum_s] for key, one in status.timings.items()
            ]
            if counted
            else [],
        }
    )


def status_from(header: Mapping[str, Any]) -> SttStatus:
    """Raises BadFrame."""
    try:
        times: dict[str, Any] = {
            name: math.inf if header[name] is None else float(header[name]) for name in _TIMES
        }
        timings = {
            (str(stage), str(kind)): Distribution(
                tuple((float(bound_s), int(n)) for bound_s, n in buckets), int(count), float(sum_s)
            )
            for stage, kind, buckets, count, sum_s in header["timings"]
        }
        known: dict[str, Any] = {name: int(header[name]) for name in _NUMBERS}
        known |= {name: str(header[name]) for name in _TEXTS}
        known |= {name: header[name] is True for name in _FLAGS}
        return SttStatus(
            **known,
            **times,
            languages=tuple(map(str, header["languages"])),
            counters={str(name): int(n) for name, n in header["counters"].items()},
            timings=timings,
        )
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise BadFrame("no status") from error
