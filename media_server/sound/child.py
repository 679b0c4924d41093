"""The sound child: measures, mixes or cuts recordings where nobody is waiting for the GIL.

`python -m media_server.sound.child` reads one line of JSON on standard input, the job, and then the
files that it names by their sizes. On standard output it answers what the job makes. It ends with
0, or 3 for a file that cannot be read; and when its parent has gone, at its next output.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from media_server.audio import loudness, mixing
from media_server.audio.ogg import OggError

UNREADABLE = 3
_NICENESS = 10


def answer(job: dict[str, Any], files: list[bytes]) -> Iterator[bytes]:
    """Raises OggError."""
    voices = [
        mixing.Voice(
            files[said["file"]], said["start_s"], said["from_s"], said.get("to_s", float("inf"))
        )
        for said in job.get("voices", ())
    ]
    match job["job"]:
        case "loudness":
            yield json.dumps([_as_json(loudness.loudness_of(data)) for data in files]).encode()
        case "mix":
            yield from mixing.mixed(voices, job["duration_s"])
        case "join":
            yield from mixing.joined(voices)
        case "cut":
            yield from mixing.cut(voices)


def _as_json(found: loudness.Loudness) -> dict[str, Any]:
    return {
        "levels": base64.b64encode(found.levels).decode(),
        "gaps": found.gaps,
        "damaged": found.damaged,
    }


def main(source: BinaryIO, target: BinaryIO) -> int:
    job = json.loads(source.readline())
    files = [source.read(size) for size in job["sizes"]]
    if [len(data) for data in files] != job["sizes"]:
        return 1  # the parent has gone
    try:
        target.writelines(answer(job, files))
        target.flush()
    except OggError:
        return UNREADABLE
    except BrokenPipeError:  # nobody reads it any more
        os._exit(0)
    return 0


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer))
