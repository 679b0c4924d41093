"""Which workers are free, and which may be made free: of the schedule, pure."""

from __future__ import annotations

from collections.abc import Collection

from media_server.stt.pool.actions import Worker


def idle_slots(workers: Collection[Worker]) -> int:
    """Jobs that could begin at once: an idle worker takes as many as its engine does together."""
    return sum(worker.batch for worker in workers if worker.idle)


def interim_workers_left(workers: Collection[Worker]) -> int:
    """One worker is kept free for the final that comes next, where there are several: beside one
    that works for the record, where there are three. Of two, an interim may have the other."""
    running = sum(worker.has_interim for worker in workers)
    others = sum(worker.ready and not worker.has_record for worker in workers)
    return max(1, others - 1) - running


def may_record(workers: Collection[Worker]) -> bool:
    """Whether a job of the record may begin, when nothing else waits: where there are several
    workers another one stays free. A second job of it waits for the first."""
    if any(worker.has_record for worker in workers):
        return False
    idle = sum(worker.idle for worker in workers)
    return idle >= min(2, len(workers)) > 0


def interim_slots(workers: Collection[Worker]) -> int:
    """Of these, how many may be interims: workers with large batches come first."""
    idle = sorted((worker.batch for worker in workers if worker.idle), reverse=True)
    return sum(idle[: max(0, interim_workers_left(workers))])


def yielding(workers: Collection[Worker]) -> int:
    """Workers that give an interim, or a job of the record, up for a final."""
    return sum(worker.yields for worker in workers)


def to_free(workers: dict[int, Worker], finals: int) -> list[int]:
    """Workers whose work gives way to `finals` that wait, the one that began last first.

    Only those that another one replaces in a moment, forked from the loaded engine. How far an
    interim is does not count: what it still takes is a guess, and one that hangs has long to go.
    """
    coming = sum(not worker.ready for worker in workers.values())
    wanted = finals - coming - sum(worker.idle for worker in workers.values())
    if wanted <= 0:
        return []
    found = [number for number, worker in workers.items() if worker.yields]
    return sorted(found, key=lambda number: -workers[number].started_s)[:wanted]
