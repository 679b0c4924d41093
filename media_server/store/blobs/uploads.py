"""Takes what lies in DATA_DIR/recordings to object storage, and deletes it here once it is there.

A file is taken when nobody writes to it any more: whoever records holds a lock on it (flock(2)),
which the kernel lets go also of a process that was killed. So the same look finds what a call has
just left, what a dead process of this DATA_DIR has left, and what was recorded before there was an
object storage. The lock is held while a file is taken, so that two processes never take the same.

A call that runs gets no whole file there, but every `part_s` a part (`parts`). Nothing here is in
the way of a call: what fails is tried again, later each time, and the file stays until then.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol

from media_server.endings import end
from media_server.ports import Public, StoreUnavailable
from media_server.store.blobs.local import LocalBlobs, in_own_thread
from media_server.store.blobs.parts import MAX_PARTS, PartedBlobs, part_name
from media_server.store.blobs.waiting_files import Claim, OpenRecording, WaitingFile, backlog

Erased = Callable[[Sequence[str]], Awaitable[AbstractSet[str]]]
"""Which of these interviews the log says were erased. Raises StoreUnavailable."""

logger = logging.getLogger(__name__)

LOOK_S = 10.0
"""Between two looks; at once when something was `put` or a recording has ended."""
LOOK_SHARE = 20
"""After a look that took long the next one is so many times as long off."""
LONGEST_LOOK_S = 120.0
FILES_A_LOOK = 200
"""Then parts of calls that run have their turn, and the next look comes at once."""
GIVE_UP_AFTER = 3
"""Failures in a row after which a look ends."""
AT_ONCE = 2
"""Files that are taken at the same time."""
FIRST_RETRY_S = 2.0
LAST_RETRY_S = 300.0
UNSURE_S = 600.0
"""For so long a request that failed may still be carried out by the storage."""
MAX_UNSURE = 1000
MAX_PART_BYTES = 8 * 1024 * 1024
"""More than that was kept while the storage was away: it follows with the next parts."""
MAX_FILE_BYTES = 2_000_000_000
"""Larger ones are none of ours."""


class Recorder(Protocol):
    """What is asked of the recordings of this process."""

    def being_made(self) -> Iterable[OpenRecording]:
        """Those that have a file."""


@dataclass(slots=True)
class UploadCounters:
    """Of this process, since its start; gauges as of the last look."""

    uploads: int = 0
    parts: int = 0
    failures: int = 0
    """Tries that have to be repeated; an alarm when it keeps growing."""
    bytes_sent: int = 0
    backlog_bytes: int = 0
    backlog_files: int = 0
    oldest_s: float = 0.0
    """Age of the file that waits longest; 0: none waits."""


@dataclass(slots=True)
class _Patience:
    tries: int = 0
    not_before_s: float = 0.0


@dataclass(slots=True)
class _Parts:
    """Of one recording that is being made."""

    number: int = 0
    until: int = 0
    due_s: float = field(default_factory=time.monotonic)


class Uploads:
    """`open` starts its task, `close` ends it. One per process; several may share a DATA_DIR."""

    def __init__(
        self,
        here: LocalBlobs,
        there: PartedBlobs,
        recorder: Recorder,
        erased: Erased,
        *,
        part_s: float,
    ) -> None:
        self._here = here
        self._there = there
        self._recorder = recorder
        self._erased = erased
        self._part_s = part_s
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._patience: dict[WaitingFile, _Patience] = {}
        self._sent: set[WaitingFile] = set()
        """Those that this process has sent, and not found there whole: they are sent again."""
        self._unsure: dict[str, float] = {}
        """Interviews of which something may come there late, and until when."""
        self._parts: dict[tuple[str, str], _Parts] = {}
        self._said = False
        self._look_took_s = 0.0
        self.counters = UploadCounters()

    def wake(self) -> None:
        """Look at once: something has come."""
        self._wake.set()

    async def open(self) -> None:
        """Returns at once."""
        self._task = asyncio.create_task(self._run(), name="uploads")

    async def close(self, *, last_s: float = 0.0) -> None:
        """End the task, then take what waits for at most `last_s`. What is cut off stays here."""
        task, self._task = self._task, None
        if task is None:
            return
        await end([task])
        if last_s > 0:
            with contextlib.suppress(TimeoutError, StoreUnavailable):
                async with asyncio.timeout(last_s):
                    await self.take_all()

    def figures(self) -> dict[str, float]:
        """Counters by the names of `store_metrics`."""
        return {
            "blob_uploads": self.counters.uploads,
            "blob_upload_parts": self.counters.parts,
            "blob_upload_failures": self.counters.failures,
            "blob_upload_bytes": self.counters.bytes_sent,
        }

    def gauges(self) -> dict[str, float]:
        """As of the last look."""
        return {
            "blob_backlog_bytes": self.counters.backlog_bytes,
            "blob_backlog_files": self.counters.backlog_files,
            "blob_backlog_oldest_seconds": self.counters.oldest_s,
        }

    async def _run(self) -> None:
        while True:
            began_s = time.monotonic()
            try:
                await self.take_all()
                await self._take_parts()
            except StoreUnavailable as error:
                self._failed(str(error))
            except Exception as error:  # whatever it is: files are not to stay here for it
                self._failed(type(error).__name__)
                logger.exception("uploads: %s", type(error).__name__)
            pause_s = max(LOOK_S, LOOK_SHARE * self._look_took_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.1, began_s + pause_s - time.monotonic())):
                    await self._wake.wait()
            self._wake.clear()

    async def take_all(self) -> int:
        """Files that wait and whose time has come, oldest first; how many are there now.
        Raises StoreUnavailable for this machine's own disk."""
        began_s = time.monotonic()
        waiting = await in_own_thread(
            backlog, self._here.directory, MAX_FILE_BYTES, limit_s=LONGEST_LOOK_S
        )
        self._look_took_s = time.monotonic() - began_s
        self._measure(waiting)
        now_s = time.monotonic()
        due = [w for w in waiting if self._patience.get(w, _Patience()).not_before_s <= now_s]
        queue = iter(due[:FILES_A_LOOK])
        taken: set[WaitingFile] = set()
        failed = 0

        async def worker() -> None:
            nonlocal failed
            for waits in queue:
                done = await self._try(waits)
                failed = 0 if done is not None else failed + 1
                if done:
                    taken.add(waits)
                if failed >= GIVE_UP_AFTER:  # it is away: the rest waits for the next look
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(due))):
                group.create_task(worker())
        self._measure([waits for waits in waiting if waits not in taken])
        await self._clear_unsure()
        if len(due) > FILES_A_LOOK and failed < GIVE_UP_AFTER:
            self._wake.set()
        return len(taken)

    def _measure(self, waiting: list[WaitingFile]) -> None:
        self.counters.backlog_files = len(waiting)
        self.counters.backlog_bytes = sum(w.size for w in waiting)
        oldest_s = min((w.changed_s for w in waiting), default=None)
        self.counters.oldest_s = 0.0 if oldest_s is None else max(0.0, time.time() - oldest_s)
        known = set(waiting)
        self._patience = {w: p for w, p in self._patience.items() if w in known}
        self._sent &= known

    async def _try(self, waits: WaitingFile) -> bool | None:
        """None: it failed, and is tried again later."""
        try:
            done = await self._take(waits)
        except StoreUnavailable as error:
            self._failed(str(error))
        except Exception as error:
            self._failed(type(error).__name__)
            logger.exception("uploads: %s", type(error).__name__)
        else:
            self._patience.pop(waits, None)
            if done and self._said:
                self._said = False
                logger.warning("recordings go to the object storage again")
            return done
        patience = self._patience.setdefault(waits, _Patience())
        patience.tries += 1
        wait_s = min(LAST_RETRY_S, FIRST_RETRY_S * 2 ** min(patience.tries - 1, 20))
        jitter = random.uniform(0.5, 1.0)  # noqa: S311  # so that servers do not come together
        patience.not_before_s = time.monotonic() + wait_s * jitter
        return None

    def _failed(self, why: str) -> None:
        self.counters.failures += 1
        if not self._said:  # once, not every few seconds
            self._said = True
            logger.warning("recordings stay on this disk for now: %s", Public(why))

    async def _take(self, waits: WaitingFile) -> bool:
        """False: somebody writes to it or takes it, or it is gone. Raises StoreUnavailable."""
        interview_id = waits.interview_id
        if await self._erased([interview_id]):
            await self._erase(interview_id)
            return False
        path = self._here.path(interview_id, waits.name)
        claim = await self._here.in_disk_thread(lambda: Claim.of(path))
        if claim is None:
            return False
        try:
            size, digest = await in_own_thread(claim.digest, limit_s=LONGEST_LOOK_S)
            name = await self._free_name(waits, size, digest)
            if name is None:
                name = waits.name  # it was taken, and whoever took it could not say so
            else:
                self._sent.add(waits)
                try:
                    await self._there.put_file(interview_id, name, path, size)
                except FileNotFoundError:
                    return False
                except StoreUnavailable:
                    self._note_unsure(interview_id)
                    raise
                await self._verify(interview_id, name, size, digest)
            with contextlib.suppress(StoreUnavailable):  # tried again when it is erased
                await self._there.delete_parts(interview_id, name)
            if not await self._may_stay(interview_id, name, claim):
                return False
            await self._here.in_disk_thread(claim.delete)
        finally:
            claim.close()
        self.counters.uploads += 1
        self.counters.bytes_sent += size
        self._parts.pop((interview_id, name), None)
        return True

    async def _free_name(self, waits: WaitingFile, size: int, digest: bytes) -> str | None:
        """None: it is there already. A recording never takes the place of another: a number may
        have been used again after a log was lost."""
        stem, dot, end_ = waits.name.rpartition(".")
        name = waits.name
        for attempt in range(2, 100):
            found = await self._there.objects.find(waits.interview_id, name)
            if found is None or not waits.is_recording or waits in self._sent:
                return name
            if found.size == size and await self._is_same(found.name, waits.interview_id, digest):
                return None
            name = f"{stem}-{attempt}{dot}{end_}"
        raise StoreUnavailable("there are a hundred recordings of one name")

    async def _is_same(self, name: str, interview_id: str, digest: bytes) -> bool:
        found = await self._there.objects.find(interview_id, name)
        if found is None:
            return False
        try:
            return hmac.compare_digest(await self._there.objects.sha256(found), digest)
        except FileNotFoundError:
            return False

    async def _verify(self, interview_id: str, name: str, size: int, digest: bytes) -> None:
        """By what the storage gives back. Raises StoreUnavailable: it is sent again."""
        found = await self._there.objects.find(interview_id, name)
        if found is None or found.size != size:
            raise StoreUnavailable("the object storage does not have what it was sent")
        if not await self._is_same(name, interview_id, digest):
            raise StoreUnavailable("the object storage has other bytes than it was sent")

    async def _may_stay(self, interview_id: str, name: str, claim: Claim) -> bool:
        """Whether it may stay there. It may not where the interview, or its sound, was erased while
        the file was on its way: whoever erased could not see it there."""
        if await self._erased([interview_id]):
            await self._erase(interview_id)
            return False
        if not await self._here.in_disk_thread(claim.stands):
            await self._there.delete(interview_id, name)
            return False
        return True

    def _note_unsure(self, interview_id: str) -> None:
        self._unsure.pop(interview_id, None)
        self._unsure[interview_id] = time.monotonic() + UNSURE_S
        while len(self._unsure) > MAX_UNSURE:
            del self._unsure[next(iter(self._unsure))]

    async def _clear_unsure(self) -> None:
        """A file that was sent in vain, and whose interview was then erased, is not here any more:
        nothing would find it there, if it came there after all."""
        now_s = time.monotonic()
        self._unsure = {one: until_s for one, until_s in self._unsure.items() if until_s > now_s}
        if self._unsure:
            with contextlib.suppress(StoreUnavailable):  # the next look tries again
                for interview_id in await self._erased(sorted(self._unsure)):
                    await self._there.delete(interview_id)

    async def _erase(self, interview_id: str) -> None:
        await self._there.delete(interview_id)
        await self._here.delete(interview_id)
        logger.info("audio of %s erased: %s", interview_id, Public("its interview was erased"))

    # --- calls that run -----------------------------------------------------------------------

    async def _take_parts(self) -> None:
        if not self._part_s:
            return
        now_s = time.monotonic()
        made = {(r.interview_id, r.name): r for r in self._recorder.being_made()}
        self._parts = {key: parts for key, parts in self._parts.items() if key in made}
        for key, recording in made.items():
            parts = self._parts.setdefault(key, _Parts(due_s=now_s + self._part_s))
            if parts.due_s > now_s or recording.good_bytes <= parts.until:
                continue
            if parts.number >= MAX_PARTS or await self._erased([recording.interview_id]):
                continue
            await self._take_part(recording, parts)
            if parts.until >= recording.good_bytes:
                parts.due_s = now_s + self._part_s

    async def _take_part(self, recording: OpenRecording, parts: _Parts) -> None:
        blob = await self._here.find(recording.interview_id, recording.name)
        if blob is None:
            return
        until = min(recording.good_bytes, parts.until + MAX_PART_BYTES)
        chunks = [chunk async for chunk in blob.read(parts.until, until)]
        data = b"".join(chunks)
        name = part_name(recording.name, parts.number + 1)
        await self._there.put(recording.interview_id, name, data)
        parts.number += 1
        parts.until = until
        self.counters.parts += 1
        self.counters.bytes_sent += len(data)
