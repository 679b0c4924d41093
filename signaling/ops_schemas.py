"""Answers of /v1/ops, for the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    """Answers may carry more than a client knows."""

    model_config = ConfigDict(extra="allow", frozen=True)


class SignShown(_Answer):
    """Something to look at."""

    level: Literal["bad", "warn"] = Field(
        description="`bad`: candidates suffer, or nobody can join. `warn`: it may come to that."
    )
    code: str
    text: str


class LoadShown(_Answer):
    """How busy the process is, averaged over the last seconds."""

    in_call: int = Field(description="Interviews with a call, connected or about to be.")
    kept: int = Field(description="Places kept for candidates who are away and may come back.")
    capacity: int = Field(description="Places there are.")
    loop_lag_p99_s: float = Field(description="How late the event loop came in the last 10 s.")
    cpu_cores: float = Field(description="1.0 is one core, of the process and its children.")
    machine_cpu: float = Field(description="Of the machine, or the container's share of it: 0-1.")
    stt_wait_s: float | None = Field(
        description="How long a newcomer's words would wait for a recogniser; null: for good, "
        "because there is none."
    )
    rss_bytes: int
    memory_available_bytes: int = Field(description="Of the machine, or of the container's limit.")
    open_files: int = Field(description="File descriptors in use, sockets included.")
    open_files_limit: int
    refuses: list[str] = Field(
        description="Why a newcomer would be refused now; empty: there is room."
    )
    retry_after_s: int
    draining: bool
    waiting: int = Field(description="Newcomers who were refused and keep asking.")


class RecogniserShown(_Answer):
    """The recognisers and what waits for them."""

    engine: str
    model: str
    workers_ready: int
    workers_wanted: int
    running: int = Field(description="Segments in work.")
    queued: int = Field(description="Finals that wait.")
    queued_interims: int
    oldest_queued_s: float
    saturated: bool = Field(description="No new candidate is let in for it.")
    trouble: str
    given_up: int = Field(description="Finals whose words never came, since the start.")


class StoreShown(_Answer):
    """What is wrong with what is stored; counts are since the start."""

    ready: bool
    spool_failing: bool
    disk_free_bytes: int | None
    interviews_damaged: int
    troubles: dict[str, int] = Field(description="How often, by what failed.")


class StallShown(_Answer):
    """A time that something held the event loop for more than 50 ms."""

    at: datetime
    held_ms: int
    computing_ms: int
    stack: list[str] = Field(description="Innermost first: file, line and function.")


class SampleShown(_Answer):
    """How busy it was at one moment."""

    at: datetime
    in_call: int
    loop_lag_p99_s: float
    cpu_cores: float
    machine_cpu: float
    stt_wait_s: float | None


class WorkerShown(_Answer):
    """One process that serves interviews."""

    number: int = Field(description="From 1; 0: there is only one.")
    pid: int
    version: str
    started_at: datetime
    uptime_s: float
    health: Literal["good", "warn", "bad"] = Field(description="The worst of `signs`.")
    signs: list[SignShown] = Field(description="What to look at, the bad ones first.")
    ready: bool = Field(description="Whether a candidate can join.")
    load: LoadShown
    calls: dict[str, int] = Field(description="Since the start: opened, connected, in writing.")
    closed: dict[str, int] = Field(description="Calls that are over, by the reason.")
    refusals: dict[str, int] = Field(
        description="Calls that were refused, by the reason (docs/operations.md), and `rehearsal`, "
        "`connection_limit`, `connection_slow`; since the start."
    )
    stt: RecogniserShown
    store: StoreShown
    stalls: int = Field(description="Times the event loop was held, since the start.")
    recent_stalls: list[StallShown] = Field(description="The newest first, of the last hour.")
    restarts: dict[str, int] | None = Field(
        description="By the supervisor, by the reason; null: none watches this process."
    )
    history: list[SampleShown] | None = Field(
        description="With `history=true`: the last ten minutes, oldest first."
    )


class OpsShown(_Answer):
    """Every worker as it is now."""

    now: datetime = Field(description="The server's time.")
    workers: list[WorkerShown]
    silent: list[int] = Field(description="Numbers of workers that do not answer.")


class StageShown(_Answer):
    stage: str
    from_s: float = Field(description="When it began, from the end of the candidate's speech on.")
    length_s: float


class WorkShown(_Answer):
    work: str
    from_s: float = Field(description="As of a stage; below 0: before the last word.")
    length_s: float
    ref: str


class SlowTurn(_Answer):
    """Where the time went from the candidate's last word to the next utterance's first packet."""

    turn_id: str
    interview: str
    turn_epoch: int
    connection_epoch: int
    ended_by: str
    utterance_id: str
    utterance_kind: str
    speech_ended_at: datetime
    reply_s: float
    waited_s: float = Field(
        description="`reply_s` without the silence, which is waited on purpose."
    )
    stages: list[StageShown] = Field(description="One after another: they add up to `reply_s`.")
    works: list[WorkShown] = Field(description="Within and across the stages.")
    server: str


class SlowTurns(_Answer):
    now: datetime
    turns: list[SlowTurn] = Field(description="Of the last hour, the longest `waited_s` first.")


class DecisionShown(_Answer):
    """An entry of the log."""

    seq: int
    at: datetime
    type: str
    state: str = Field(description='The interview\'s state after it; "": it cannot be told.')
    facts: dict[str, Any] = Field(description="Ids, numbers, and reasons of the server's own.")
    held_back: list[str] = Field(description="Names of the fields that are not shown.")
    words: dict[str, Any] | None = Field(description="With `words=true`: those fields.")


class DecisionsShown(_Answer):
    """The end of an interview's log."""

    interview: str
    tenant: str
    status: str
    created_at: datetime
    version: int = Field(description="Entries in all.")
    live: bool = Field(description="Whether it is open on the server that answered.")
    damage: str = Field(description='What of it cannot be read; "": nothing.')
    entries: list[DecisionShown] = Field(description="Oldest first.")
