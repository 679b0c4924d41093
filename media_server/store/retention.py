"""Erasing: at once when it is asked for, and by itself when its time has come.

Three artifacts, each with its own time after the end of the interview: audio (recordings and
spool), transcript (the candidate's words in the log, and the kept sound of the bot that repeats
them) and log (all of it). An interview that never
came to an end goes with the log's time after its last sign of life. Where nothing is recorded, what
is spooled goes sooner, and also while its candidate is awaited: see `store.unrecorded`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from media_server.endings import end
from media_server.interview.status import TERMINAL
from media_server.ports import (
    Clock,
    DamagedInterview,
    EventLog,
    InterviewRow,
    KeptSpeech,
    Recordings,
    Spool,
    StoreUnavailable,
    UnknownInterview,
)
from media_server.ports.link_documents import forget_links
from media_server.store.at_rest import at_rest
from media_server.store.factory import Stores
from media_server.store.holds import StoredHolds
from media_server.store.orphans import Orphans
from media_server.store.retention_plan import (
    DAY_S,
    Action,
    Age,
    Artifact,
    due,
    quoting_clips,
    redacted,
    seconds,
)
from media_server.store.settings import StoreSettings
from media_server.store.stored_files import StoredFiles
from media_server.store.unrecorded import UNRECORDED_DAYS, Unrecorded, is_unrecorded, over_since_s
from media_server.tenants import NO_TENANTS, Tenants
from media_server.wall_clock import wall_s

logger = logging.getLogger(__name__)

PAGE = 100
"""Rows that are listed at once."""
PUT_OFF = 10_000
"""Interviews to be looked at again within a minute; the rest wait for the next pass."""
REDACT_S = 60.0
"""A lease for the longest log; a process that dies over it blocks nobody for longer."""
UPKEEP_S = 60.0
"""How often what an erasing could not finish at once is tried again."""


@dataclass(slots=True)
class RetentionCounters:
    """Of this process, since its start."""

    passes: int = 0
    """Times the whole log was gone through."""
    erased: dict[Artifact, int] = field(
        default_factory=lambda: {"audio": 0, "transcript": 0, "log": 0}
    )
    """Interviews, by what of them went."""
    failed: int = 0
    """Actions that have to be tried again; an alarm when it keeps growing."""
    held: int = 0
    """Times something that was due stayed because of a legal hold."""
    damaged: int = 0
    """Times an interview was passed over because what is stored of it cannot be read."""

    def figures(self) -> dict[str, float]:
        """By the names of `store_metrics`; for `Stores.further`."""
        counts = {f"retention_{what}_erased": float(n) for what, n in self.erased.items()}
        return {
            **counts,
            "retention_failed": self.failed,
            "retention_damaged": self.damaged,
            "retention_held": self.held,
        }


async def _may_always() -> bool:
    return True


async def erase_interview(
    log: EventLog,
    spool: Spool,
    recordings: Recordings,
    interview_id: str,
    *,
    now_s: float,
    speech: KeptSpeech | None = None,
    may_go: Callable[[], Awaitable[bool]] = _may_always,
) -> bool:
    """Everything of one interview; False when there was none. Raises StoreUnavailable: call it
    again, it goes on where it stopped. End the live session first.

    `may_go`: asked again after its files went, which may take long; False: its log stays.

    Files go first, so that a crash on the way leaves the row to be erased again; once more after
    the row, for what a session that had not ended wrote in between.
    """
    files = await recordings.erase(interview_id)
    await spool.erase(interview_id)
    if speech is not None:
        await speech.erase(interview_id)
    if not await may_go():
        return False
    erase: Any = log.erase  # both logs take counts; the Protocol does not ask for it
    erased = bool(await erase(interview_id, now_s=now_s, counts={"recordings": files}))
    files += await recordings.erase(interview_id)
    await spool.erase(interview_id)
    if speech is not None:
        await speech.erase(interview_id)
    if erased:
        logger.info("interview %s erased at %.0f: %d recordings", interview_id, now_s, files)
    return erased


class Retention:
    """Runs a pass at once and then every `retention_interval_s`. Several processes may do so:
    every step can be done twice. `open` starts its task, `close` ends it."""

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        speech: KeptSpeech | None = None,
        heard_out: Callable[[str, int], bool] = lambda _id, _version: True,
        *,
        tenants: Callable[[], Tenants] = lambda: NO_TENANTS,
    ) -> None:
        """`speech`: what the bot has said; it goes with its interview. `heard_out`: see
        `Unrecorded`. `tenants`: those in force, whose times come before the server's."""
        self._stores = stores
        self._speech = speech
        self._settings: StoreSettings = stores.settings
        self._tenants = tenants
        self._log = stores.upkeep
        self._orphans = Orphans(stores, speech)
        self._holds = StoredHolds(stores.documents)
        self._unrecorded = Unrecorded(stores.log, stores.spool, heard_out)
        self._put_off: dict[str, None] = {}
        """Due, and could not go yet: looked at again in a minute, not in an hour or a day."""
        self._files = StoredFiles(stores)
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self.counters = RetentionCounters()
        stores.further.append(self.counters.figures)

    async def open(self) -> None:
        """Returns at once; the first pass begins in the task."""
        self._task = asyncio.create_task(self._run(), name="retention")

    async def close(self) -> None:
        """Cancel the pass under way. The next one finds what a step that was cut off has left."""
        task, self._task = self._task, None
        if task is not None:
            await end([task])

    async def _run(self) -> None:
        while True:
            await self._guarded(self.run_once())
            next_s = time.monotonic() + self._settings.retention_interval_s
            while (left_s := next_s - time.monotonic()) > 0:
                await asyncio.sleep(min(left_s, UPKEEP_S))
                await self._guarded(self._upkeep())

    async def _guarded(self, work: Awaitable[object]) -> None:
        """Whatever goes wrong: what has to go is looked for again."""
        try:
            await work
        except StoreUnavailable as error:
            logger.warning("retention is put off: %s", error)
        except Exception as error:
            self.counters.failed += 1
            logger.exception("retention: %s", type(error).__name__)

    async def run_once(self) -> int:
        """How many actions were done. Raises StoreUnavailable when the log cannot be listed."""
        done, now_s = 0, wall_s(self._clock)
        listed = await self._files.look()
        after: str | None = None
        while rows := await self._stores.log.rows(after=after, limit=PAGE):
            after = rows[-1].interview_id
            for row in rows:
                done += await self._look_at(row, now_s)
        done += await self._orphans.erase_unknown(now_s)
        if listed:
            with contextlib.suppress(StoreUnavailable):  # object storage: the next pass
                await self._orphans.erase_stored(now_s)
        await self._upkeep()
        self.counters.passes += 1
        return done

    async def _look_at(self, row: InterviewRow, now_s: float) -> int:
        """What is odd about one interview does not keep the others."""
        done = 0
        try:
            if self._may_be_due(row, now_s):
                age = await self._age(row)
                for action in await self._not_held(age, now_s):
                    # Asked each time: the step before may have waited for a slow storage.
                    if action.artifact in await self._holds.held(row.interview_id):
                        self.counters.held += 1
                    else:
                        done += await self._try(action, row, now_s)
        except StoreUnavailable:
            raise
        except Exception as error:
            self.counters.failed += 1
            logger.exception("retention of %s: %s", row.interview_id, type(error).__name__)
        return done

    async def _not_held(self, age: Age, now_s: float) -> tuple[Action, ...]:
        """What is due. "log" takes the others with it, so that anything that is held keeps it; what
        of the others is due and not held goes then by itself."""
        actions = due(now_s, [age])
        if any(a.artifact == "log" for a in actions) and await self._holds.held(age.interview_id):
            self.counters.held += 1
            return due(now_s, [replace(age, log_days=None)])
        return actions

    async def _upkeep(self) -> None:
        with contextlib.suppress(StoreUnavailable):
            for interview_id in tuple(self._put_off):
                row = await self._stores.log.row(interview_id)
                del self._put_off[interview_id]
                if row is not None:
                    await self._look_at(row, wall_s(self._clock))
        with contextlib.suppress(StoreUnavailable):  # tried again in a minute
            await self._orphans.erase_erased(wall_s(self._clock))
        with contextlib.suppress(StoreUnavailable):
            if self._log.scrub_due:
                await self._log.scrub()
            if self._log.compact_due or not self.counters.passes:
                await self._log.compact()

    def _may_be_due(self, row: InterviewRow, now_s: float) -> bool:
        """Most rows are young: they cost no further read."""
        if row.damage and row.created_s <= 0:  # its age is not known: nothing goes by a guess
            self.counters.damaged += 1
            return False
        days = [value for value in self._days(row) if value is not None]
        return bool(days) and now_s - row.created_s >= min(days) * DAY_S

    def _days(self, row: InterviewRow) -> tuple[int | None, int | None, int | None]:
        wanted = row.spec.get("retention")
        wanted = wanted if isinstance(wanted, Mapping) else {}
        audio, transcript = wanted.get("audio_days"), wanted.get("transcript_days")
        own = self._tenants().get(row.tenant).retention
        audio = own.audio_days if audio is None else audio
        transcript = own.transcript_days if transcript is None else transcript
        audio = self._settings.audio_days if audio is None else audio
        if is_unrecorded(row.spec):  # what was not written down is all there is of it
            audio = min(UNRECORDED_DAYS, UNRECORDED_DAYS if audio is None else audio)
        return (
            audio,
            self._settings.transcript_days if transcript is None else transcript,
            self._settings.log_days,
        )

    async def _age(self, row: InterviewRow) -> Age:
        last_s = await self._last_s(row)
        audio_days, transcript_days, log_days = self._days(row)
        done = set(await self._log.audit(row.interview_id))
        if not await self._files.any_of(row.interview_id) and not await self._stores.spool.read(
            row.interview_id
        ):
            done.add("audio")
        log, waits = self._stores.log, "audio" not in done
        return Age(
            row.interview_id,
            ended_s=last_s if row.status in TERMINAL else None,
            last_s=last_s,
            expires_s=seconds(row.spec.get("expires_at")),
            audio_days=audio_days,
            transcript_days=transcript_days,
            log_days=log_days,
            done=frozenset(done),
            audio_since_s=await over_since_s(log, row, last_s) if waits else None,
        )

    async def _last_s(self, row: InterviewRow) -> float:
        """Of one that is damaged: not before its link has run out, as far as that can be known."""
        try:
            last = await self._stores.log.read(row.interview_id, after_seq=max(0, row.version - 1))
        except DamagedInterview:
            self.counters.damaged += 1
            expires_s = seconds(row.spec.get("expires_at"))
            return row.created_s if expires_s is None else max(row.created_s, expires_s)
        return last[-1].at_s if last else row.created_s

    async def _try(self, action: Action, row: InterviewRow, now_s: float) -> int:
        steps: dict[Artifact, Callable[[InterviewRow, float], Awaitable[bool]]] = {
            "audio": self._erase_audio,
            "transcript": self._erase_transcript,
            "log": self._erase_all,
        }
        if action.artifact != "transcript" and self._files.hangs():
            self.counters.failed += 1
            return 0
        try:
            with self._files.timed():
                done = await steps[action.artifact](row, now_s)
            if not done:
                return 0
        except StoreUnavailable as error:
            self.counters.failed += 1
            logger.warning("retention of %s is put off: %s", action.artifact, error)
            return 0
        except UnknownInterview:  # erased by somebody else since it was listed
            return 0
        except DamagedInterview:  # its words cannot be told from the rest: they go with the log
            self.counters.damaged += 1
            return 0
        self.counters.erased[action.artifact] += 1
        return 1

    async def _erase_audio(self, row: InterviewRow, now_s: float) -> bool:
        interview_id = row.interview_id
        if not is_unrecorded(row.spec):
            await self._stores.spool.erase(interview_id)
        elif not await self._unrecorded.empty(row):
            self._later(interview_id)
            return False
        files = await self._stores.recordings.erase(interview_id)
        logger.info("audio of %s erased at %.0f: %d recordings", interview_id, now_s, files)
        return True

    def _later(self, interview_id: str) -> None:
        if len(self._put_off) < PUT_OFF:
            self._put_off[interview_id] = None

    async def _erase_transcript(self, row: InterviewRow, now_s: float) -> bool:
        """Under the lease: whoever has words at the recogniser would write them afterwards."""
        async with at_rest(self._stores.log, row.interview_id, ttl_s=REDACT_S) as alone:
            if alone:
                await self._redact(row.interview_id, now_s)
            else:
                self._later(row.interview_id)
            return alone

    async def _redact(self, interview_id: str, now_s: float) -> None:
        entries = await self._stores.log.read(interview_id, limit=1_000_000)
        await self._erase_quotes(interview_id, quoting_clips(entries))
        changed = redacted(entries)
        done = await self._log.redact(
            interview_id,
            changed,
            expected_version=len(entries),
            what="transcript",
            now_s=now_s,
        )
        if not done:
            raise StoreUnavailable("the log has grown meanwhile")
        logger.info("transcript of %s erased at %.0f: %d", interview_id, now_s, len(changed))

    async def _erase_quotes(self, interview_id: str, clips: Collection[str]) -> None:
        """The bot's voice saying the candidate's words, before the log: who is cut off between the
        two finds them again. Sound that is held stays, as the candidate's own does."""
        if "audio" not in await self._holds.held(interview_id):
            for name in clips:
                if self._files.hangs():
                    raise StoreUnavailable("the storage of recordings does not answer")
                await self._stores.blobs.delete(interview_id, name)
        if self._speech is not None:
            await self._speech.erase(interview_id)

    async def _erase_all(self, row: InterviewRow, now_s: float) -> bool:
        stores, interview_id = self._stores, row.interview_id

        async def may_go() -> bool:
            if not await self._holds.let_go(interview_id):
                return False
            await forget_links(stores.documents, row.tenant, interview_id)
            return True

        return await erase_interview(
            stores.log, stores.spool, stores.recordings, interview_id, now_s=now_s,
            speech=self._speech, may_go=may_go,
        )  # fmt: skip
