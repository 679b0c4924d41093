"""Token buckets of all workers: how often an address, a key, a tenant, an interview may ask.

A bucket is 24 bytes: whose it is, its level, and when that was right. It lies in one of the eight
places of its set; where all are taken, the one that was used longest ago makes room, which can only
forgive. One that was not used for a minute is full again, so a set holds what asks within a minute.
"""

from __future__ import annotations

import struct

from media_server.shared_counts.file import BUCKETS_END, HEAD_BYTES, CountsFile
from media_server.token_bucket import taken

_BUCKET = struct.Struct("<Qdd")
WAYS = 8
_SET_BYTES = WAYS * _BUCKET.size
SETS = (BUCKETS_END - HEAD_BYTES) // _SET_BYTES


class SharedBuckets:
    def __init__(self, file: CountsFile) -> None:
        self._file = file

    def take(self, kind: str, name: str, *, per_s: float, burst: float) -> float | None:
        """0.0: granted. Otherwise the seconds until the next will be. None: not known now.
        `kind`: of the limit; `per_s`, `burst`: as in `token_bucket`, the same from all workers."""
        file = self._file
        number = file.number_of(kind, name)
        start = HEAD_BYTES + number % SETS * _SET_BYTES
        with file.held() as alone:
            if not alone:
                return None
            now_s = file.now_s()
            place, oldest_s = start, float("inf")
            level, at_s = burst, now_s
            ways = _BUCKET.iter_unpack(file.memory[start : start + _SET_BYTES])
            for way, (whose, left, used_s) in enumerate(ways):
                if whose == number:
                    place, level, at_s = start + way * _BUCKET.size, left, used_s
                    break
                if used_s < oldest_s:
                    place, oldest_s = start + way * _BUCKET.size, used_s
            level, wait_s = taken(level, now_s - at_s, per_s=per_s, burst=burst)
            _BUCKET.pack_into(file.memory, place, number, level, now_s)
            return wait_s
