"""Which workers are free, and which may be made free: of the schedule, pure."""

from __future__ import annotations

from collections.abc import Collection

from media_server.stt.actions import Worker

WORTH_S = 0.1
"""An interim that ends within this is let go on: a new worker takes a few hundredths itself."""


def idle_places(workers: Collection[Worker]) -> int:
    return sum(worker.batch for worker in workers if worker.idle)


def interim_workers_left(workers: Collection[Worker]) -> int:
    """One worker is kept free for the final that comes next, where there are several."""
    running = sum(worker.has_interim for worker in workers)
    return max(1, sum(worker.ready for worker in workers) - 1) - running


def interim_places(workers: Collection[Worker]) -> int:
    idle = sorted((worker.batch for worker in workers if worker.idle), reverse=True)
    return sum(idle[: max(0, interim_workers_left(workers))])


def yielding(workers: Collection[Worker]) -> int:
    """Workers that give an interim up for a final."""
    return sum(worker.yields for worker in workers)


def to_free(
    workers: dict[int, Worker], finals: int, work_per_audio: float, now_s: float
) -> list[int]:
    """Workers whose interims give way to `finals` that wait, the one with most left to do first.

    Only those that another one replaces in a moment, forked from the loaded engine.
    """
    coming = sum(not worker.ready for worker in workers.values())
    wanted = finals - coming - sum(worker.idle for worker in workers.values())
    if wanted <= 0:
        return []
    left_s = {
        number: work_per_audio * worker.audio_s - (now_s - worker.started_s)
        for number, worker in workers.items()
        if worker.yields
    }
    worth = [number for number, left in left_s.items() if left > WORTH_S]
    return sorted(worth, key=lambda number: -left_s[number])[:wanted]
