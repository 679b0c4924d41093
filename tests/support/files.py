"""Files of a directory that a server may be writing to.

What goes while we look is no error, as it is for `Path.rglob` and for reading: then it has gone.
"""

from __future__ import annotations

import contextlib
import os
from fnmatch import fnmatch
from pathlib import Path


def files_below(directory: Path, pattern: str = "*") -> list[Path]:
    """With such a name; sorted."""
    found = (Path(root) / name for root, _, names in os.walk(directory) for name in names)
    return sorted(path for path in found if fnmatch(path.name, pattern))


def paths_below(directory: Path) -> list[Path]:
    """Files and directories, sorted."""
    found = (Path(root) / n for root, rooms, names in os.walk(directory) for n in (*rooms, *names))
    return sorted(found)


def size_of(file: Path) -> int:
    """In bytes; 0 when it has gone."""
    with contextlib.suppress(FileNotFoundError):
        return file.stat().st_size
    return 0


def files_holding(directory: Path, content: str | bytes) -> list[str]:
    """Relative to the directory, sorted: of whatever kind, a database's own included."""
    wanted = content.encode() if isinstance(content, str) else content
    found = []
    for path in files_below(directory):
        with contextlib.suppress(FileNotFoundError):
            if wanted in path.read_bytes():
                found.append(str(path.relative_to(directory)))
    return found
