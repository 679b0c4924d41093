"""What is kept in Redis for the transcription queue, and the scripts that change it.

Streams `final` and `interim` with one consumer group; one stream of results per server; a stream
of dead letters without content; a hash and a sorted set of the workers that are there. An entry is
a JSON header and raw PCM: no pickle. An entry leaves with its acknowledgement, in the same script
that writes its result, so that a job has one result however many workers did it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from media_server.interview.given_up import GivenUp
from media_server.ports import SttJob, SttOutcome
from media_server.ports.turn_trace import received_turn_id
from media_server.stt import frames

GROUP = "workers"
CLAIM_IDLE_MS = 4_000
"""A final whose machine has not been heard of for this long is given to another: with the poll
below, begun again within 6 s of its death."""
CLAIM_EVERY_S = 0.5
HEARTBEAT_S = 1.0
"""How often a machine says that it is there, and keeps the finals it has in work."""
WORKER_GONE_S = 4.0
"""A machine that was silent for so long no longer counts."""
BLOCK_MS = 500
"""How long a read waits in Redis for an entry."""
INTERIM_MAX_AGE_MS = 3_000
"""Nobody reads an older interim: the next one has overtaken it."""
RESULTS_KEPT_S = 3_600
"""How long they wait for a server that does not come back."""
MAX_RESULTS = 10_000
"""Of one server, about: one that does not read them must not fill Redis."""
MAX_WAITING = 4_096
"""Finals in the stream: over it servers keep theirs back."""
MAX_INTERIMS = 256
"""In the stream, about; the oldest leave, and their servers find out by their own clock."""
MAX_PCM_BYTES = 8 * 1024 * 1024
"""About four minutes; a segment has 20 seconds."""

FINISH = """
-- KEYS: queue, results, dead. ARGV: group, entry, result, kept_s, max_results, dead letter or ''.
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('XDEL', KEYS[1], ARGV[2])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'result', ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
if ARGV[6] ~= '' then redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'job', ARGV[6]) end
return 1
"""

ANSWER = """
-- KEYS: results. ARGV: result, kept_s, max_results. Of an interim, which left when it was taken.
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'result', ARGV[1])
return redis.call('EXPIRE', KEYS[1], ARGV[2])
"""

REMOVE = """
-- KEYS: queue. ARGV: group, entries... How many were there and are gone; of an interim that a
-- worker has, 0.
pcall(redis.call, 'XACK', KEYS[1], unpack(ARGV))
return redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
"""

TAKE = """
-- KEYS: queue. ARGV: group, entry. An interim, before it is begun: it is given out once.
-- {1: it was there, 0: its server took it back; its age in ms by the clock that dated it}
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
local now = redis.call('TIME')
local added_ms = tonumber(string.match(ARGV[2], '%d+'))
local now_ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
return {redis.call('XDEL', KEYS[1], ARGV[2]), now_ms - added_ms}
"""

CLAIM = """
-- KEYS: queue. ARGV: group, consumer, idle_ms, entries in work here...
-- One entry whose machine has gone silent: {entry, fields, deliveries}. What is in work here and
-- was kept too late is passed over: its deliveries must not rise.
local in_work = {}
for i = 4, #ARGV do in_work[ARGV[i]] = true end
local silent = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[3], '-', '+', #ARGV - 2)
for _, pending in ipairs(silent) do
  local entry = pending[1]
  if not in_work[entry] then
    local claimed = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], entry)
    if claimed[1] then return {entry, claimed[1][2], pending[4] + 1} end
    redis.call('XACK', KEYS[1], ARGV[1], entry)
  end
end
return false
"""

MISSING = """
-- KEYS: queue. ARGV: entries... Those that are not there, without sending their audio about.
local missing = {}
for i = 1, #ARGV do
  if #redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i]) == 0 then missing[#missing + 1] = ARGV[i] end
end
return missing
"""

KEEP = """
-- KEYS: queue. ARGV: group, consumer, entries... Resets the idle time of what is still its own.
local kept = 0
for i = 3, #ARGV do
  local own = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if #own == 1 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
    kept = kept + 1
  end
end
return kept
"""

HERE = """
-- KEYS: seen, described. ARGV: consumer, description.
redis.call('ZADD', KEYS[1], redis.call('TIME')[1], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of the keys. Whoever has the same prefix works on the same queue."""

    prefix: str

    def queue(self, *, final: bool) -> str:
        """Stream of the jobs that wait or are in work."""
        return f"{self.prefix}:{'final' if final else 'interim'}"

    def results(self, server: str) -> str:
        """Stream of the outcomes for one server, which is the only one to read it."""
        return f"{self.prefix}:results:{server}"

    @property
    def record(self) -> str:
        """Sorted set of jobs for the record that are in work, by when nobody waits for them."""
        return f"{self.prefix}:record"

    @property
    def dead(self) -> str:
        """Stream of `dead_letter`s, about the newest 1000; for people, nothing reads it."""
        return f"{self.prefix}:dead"

    @property
    def seen(self) -> str:
        """Sorted set of machines by when they were last heard of, in seconds of Redis' clock."""
        return f"{self.prefix}:workers:seen"

    @property
    def described(self) -> str:
        """Hash from machine to its `description`."""
        return f"{self.prefix}:workers"


@dataclass(frozen=True, slots=True)
class Entry:
    """A job on its way: who asked, under which token."""

    entry_id: str
    server: str
    token: int
    job: SttJob


def entry_fields(server: str, token: int, job: SttJob) -> dict[bytes | str, bytes | str]:
    """A job as an entry of its stream: a JSON header, and the PCM as `frames.pcm_bytes`."""
    header = frames.job_header(job) | {
        "type": "job",
        "server": server,
        "token": token,
        "interview": job.interview_id,
        "segment": job.segment_id,
        "turn": job.turn_id,
        "attempt": job.attempt,
        "start_s": job.start_s,
    }
    return {"header": json.dumps(header), "pcm": frames.pcm_bytes(job.pcm)}


def entry_from(entry_id: bytes, fields: Mapping[bytes, bytes]) -> Entry:
    """Raises BadFrame: what stands in Redis may be of another version."""
    try:
        header = frames.parse_header(fields[b"header"])
        job = SttJob(
            interview_id=str(header["interview"]),
            segment_id=str(header["segment"]),
            attempt=int(header["attempt"]),
            final=bool(header["final"]),
            start_s=float(header["start_s"]),
            pcm=frames.pcm_array(fields[b"pcm"]),
            language=str(header["language"]),
            glossary=tuple(str(word) for word in header["glossary"]),
            speech_ms=int(header["speech_ms"]),
            # A server of an earlier version does not say these.
            record=header.get("record") is True,
            turn_id=received_turn_id(header.get("turn")),
        )
        return Entry(entry_id.decode(), str(header["server"]), int(header["token"]), job)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise frames.BadFrame("not a job") from error


def outcome_text(token: int, outcome: SttOutcome) -> str:
    """JSON for the server's results. The server has the job under `token`; where it has it no more,
    the turn's id says in its log whose words came late."""
    made = outcome.transcription
    return json.dumps(
        {
            "type": "outcome",
            "token": token,
            "turn": outcome.turn_id,
            "result": None if made is None else frames.transcription_header(made),
            "reason": outcome.reason,
            "cause": outcome.cause,
            "worked_s": outcome.worked_s,
            "deliveries": outcome.deliveries,
        }
    )


def outcome_from(text: bytes, job: SttJob, elapsed_s: float) -> SttOutcome:
    """What `outcome_text` wrote, for the job that it belongs to. Raises BadFrame.

    `elapsed_s`: since `submit`. What of it was not work was waiting.
    """
    header = frames.parse_header(text)
    try:
        made = header["result"]
        worked_s = float(header["worked_s"])
        return SttOutcome(
            interview_id=job.interview_id,
            segment_id=job.segment_id,
            attempt=job.attempt,
            final=job.final,
            transcription=None if made is None else frames.transcription_from(made),
            reason=str(header["reason"]),
            queued_s=max(0.0, elapsed_s - worked_s),
            worked_s=worked_s,
            deliveries=int(header["deliveries"]),
            cause=_cause(header.get("cause")),
            turn_id=job.turn_id,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise frames.BadFrame("not an outcome") from error


def _cause(value: object) -> GivenUp:
    """ "" where a worker of another version tells none that is known here."""
    return cast("GivenUp", value) if value in get_args(GivenUp) else ""


def dead_letter(entry: Entry, reason: str) -> str:
    """Ids and the reason; the audio stays with the interview's owner."""
    job = entry.job
    ids = {"interview": job.interview_id, "segment": job.segment_id, "turn": job.turn_id}
    return json.dumps({**ids, "reason": reason})


def token_of(text: bytes) -> int:
    """Of a text by `outcome_text`: which job it answers. Raises BadFrame."""
    try:
        return int(frames.parse_header(text)["token"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise frames.BadFrame("no token") from error


def turn_of(text: bytes) -> str:
    """Of the same; "" of a job of no turn, or where a machine of an earlier version does not say.
    Raises BadFrame."""
    return received_turn_id(frames.parse_header(text).get("turn"))


def description(values: Mapping[str, Any]) -> str:
    """JSON of what a machine says of itself each HEARTBEAT_S; `redis_load.load_from` reads it."""
    return json.dumps({"type": "worker", **values})
