"""What the transcription machines behind Redis are, and how much waits for them. Pure."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from media_server.stt import frames

LOAD = """
-- KEYS: seen, described, finals, interims, dead. ARGV: gone_s, group.
local now = redis.call('TIME')
local since = tonumber(now[1]) - tonumber(ARGV[1])
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. since)) do
  redis.call('ZREM', KEYS[1], name)
  redis.call('HDEL', KEYS[2], name)
end
local function waiting(key)
  local groups = redis.pcall('XINFO', 'GROUPS', key)
  local taken, last = 0, '0-0'
  if groups.err == nil then
    for _, group in ipairs(groups) do
      local values = {}
      for at = 1, #group, 2 do values[group[at]] = group[at + 1] end
      if values['name'] == ARGV[2] then
        taken, last = values['pending'], values['last-delivered-id']
      end
    end
  end
  local count = math.max(0, redis.call('XLEN', key) - taken)
  local age_ms = 0
  if count > 0 then
    local first = redis.call('XRANGE', key, '(' .. last, '+', 'COUNT', 1)
    if #first > 0 then
      local added_ms = tonumber(string.match(first[1][1], '%d+'))
      age_ms = math.max(0, tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000) - added_ms)
    end
  end
  return {count, taken, age_ms}
end
return {
  waiting(KEYS[3]), waiting(KEYS[4]), redis.call('XLEN', KEYS[5]), redis.call('HVALS', KEYS[2])
}
"""


@dataclass(slots=True)
class Load:
    """Of all servers and machines together, as the last look found it."""

    ready: int = 0
    """Worker processes that take jobs."""
    wanted: int = 0
    """Worker processes that there should be."""
    waiting: int = 0
    """Finals that no machine has taken."""
    taken: int = 0
    """Finals that a machine has and has not answered."""
    oldest_s: float = 0.0
    """Age of the final that has waited longest."""
    waiting_interims: int = 0
    dead: int = 0
    """Dead letters kept: finals that were given up."""
    job_s: float = 0.0
    """Seconds of one worker for one final, a mean over the machines."""
    engine: str = ""
    model: str = ""
    notices: set[str] = field(default_factory=set)
    gains_from_context: bool = False
    """Of the engine of every machine that says so or not; a machine of an earlier version does
    not."""

    @property
    def expected_wait_s(self) -> float:
        """From sending a final until a worker begins with it; infinite while there is no worker."""
        return self.waiting * self.job_s / self.ready if self.ready else math.inf


def load_from(answer: Sequence[Any]) -> Load:
    """The answer to LOAD. What another version of a machine says of itself is left out."""
    (waiting, taken, age_ms), (interims, _, _), dead, described = answer
    load = Load(
        waiting=int(waiting),
        taken=int(taken),
        oldest_s=int(age_ms) / 1000,
        waiting_interims=int(interims),
        dead=int(dead),
    )
    work_s = 0.0
    gains: list[bool] = []
    for text in described:
        with contextlib.suppress(frames.BadFrame, KeyError, TypeError, ValueError, OverflowError):
            header = frames.parse_header(text)
            ready, wanted = int(header["ready"]), int(header["wanted"])
            work_s += ready * float(header["job_s"])
            load.ready += ready
            load.wanted += wanted
            load.engine, load.model = str(header["engine"]), str(header["model"])
            gains.append(header.get("gains_from_context") is True)
            if header["notice"]:
                load.notices.add(str(header["notice"]))
    load.gains_from_context = bool(gains) and all(gains)
    load.job_s = work_s / load.ready if load.ready else 0.0
    return load
