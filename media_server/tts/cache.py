"""Encoded speech on disk, bounded, shared by the processes of one machine.

Every candidate hears the same bytes of a core question, and what an interview has said goes with
it. So a clip is kept once, in `shared/`, and each interview that says it has a hard link to it in
`of/<interview>/`. A shared clip that nobody has a link to any more is removed. What all of them
say belongs to `of/_all`, which is never erased. The owner's link is written first: a crash between
two steps leaves a clip that its owner still names, or a shared one of nobody, which `open` removes.

Where the file system has no hard links each owner has a copy instead, which counts by itself.

Blocking: call it from a thread. Nothing here ever fails a caller: what cannot be read is made
again, what cannot be written stays uncached, and `problem` says why. The exception is `erase`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from pathlib import Path

from media_server.tts.clip_codec import BadClip, seal, unseal

_SUFFIX = ".clip"
_TEMPORARY = ".part"
_MAX_FILE_BYTES = 8 * 1024 * 1024
_STALE_S = 3600
_SWEEP_EVERY_WRITES = 32
_ENTRIES_PER_WRITE = 500
"""The more links there are, the longer a sweep takes, and the rarer it is."""
_KEEP_SHARE = 0.9
_ERASE_ROUNDS = 3
_OWNER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
"""An id that may become a folder's name."""
_ALL = "_all"
"""Owner of what every interview says; no interview's id."""
_NO_LINK = frozenset(
    {errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
)
"""A copy does instead: no hard links here, or too many of this file."""


class SpeechCache:
    """Files named by their key, least recently used first to go."""

    def __init__(self, directory: Path, max_bytes: int) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._writes = 0
        self._sweep_every_writes = _SWEEP_EVERY_WRITES
        self._bytes = 0
        self._copies = False
        self.problem = ""
        """Why the last write failed; empty when it worked."""
        self.damaged = 0

    def open(self) -> None:
        """Make the directory and remove what is stale or too much, or of the earlier layout, which
        kept everybody's words in one place."""
        try:
            _private(self._directory)
            self._directory.chmod(0o700)
            _private(self._directory / "of" / _ALL)
        except OSError as error:
            self.problem = _reason(error)
            return
        self._copies = not _links_work(self._directory / "of" / _ALL)
        for path in self._directory.glob("[0-9a-f][0-9a-f]"):
            shutil.rmtree(path, ignore_errors=True)
        self._sweep()

    def get(self, key: str, owner: str = "") -> bytes | None:
        """The body stored under the key, whoever said it first, and from now on the owner's too;
        None where there is none, or a damaged one (removed).
        `owner`: the interview that says it, "" for what all of them say."""
        shared, owned = self._shared(key), self._owned(key, owner)
        if owned is None:
            return None
        for path, other in ((shared, owned), (owned, shared)):
            body = self._read(key, path, other)
            if body is not None:
                with contextlib.suppress(OSError):
                    self._join(path, other, owned.parent)
                return body
        return None

    def claim(self, key: str, owner: str = "") -> bool:
        """Make the clip the owner's too without reading it. False: it is not here."""
        shared, owned = self._shared(key), self._owned(key, owner)
        if owned is None:
            return False
        for path, other in ((shared, owned), (owned, shared)):
            with contextlib.suppress(OSError):
                os.utime(path)
                self._join(path, other, owned.parent)
                return True
        return False

    def put(self, key: str, body: bytes, owner: str = "") -> bool:
        """Atomic: readers see the whole file or none. False: it could not be written."""
        content, owned = seal(key, body), self._owned(key, owner)
        if owned is None or len(content) > min(self._max_bytes, _MAX_FILE_BYTES):
            return False
        try:
            self._place(key, content, owned)
        except OSError as error:
            self.problem = _reason(error)
            return False
        self.problem = ""
        self._writes += 1
        self._bytes += len(content)
        if self._bytes > self._max_bytes or self._writes % self._sweep_every_writes == 0:
            self._sweep()
        return True

    def discard(self, key: str, owner: str = "") -> None:
        """The owner has not said it after all."""
        owned = self._owned(key, owner)
        if owned is not None:
            with contextlib.suppress(OSError):
                owned.unlink(missing_ok=True)
                self._release(key)
                owned.parent.rmdir()  # where it was the last

    def erase(self, owner: str) -> None:
        """All that this interview has said and no other. Raises OSError."""
        if owner == _ALL or not _OWNER.fullmatch(owner):
            return
        folder = self._directory / "of" / owner
        for _ in range(_ERASE_ROUNDS):  # another process may be writing there
            try:
                for path in list(folder.iterdir()):
                    path.unlink(missing_ok=True)
                    self._release(path.name.partition(".")[0])
                folder.rmdir()
            except FileNotFoundError:
                return
            except OSError as error:
                if error.errno != errno.ENOTEMPTY:
                    raise
            else:
                return
        raise OSError(errno.ENOTEMPTY, "the speech of an interview is still being written")

    def owners(self) -> dict[str, float]:
        """Interviews with a folder, and when a clip was last added or went (wall clock)."""
        found: dict[str, float] = {}
        with contextlib.suppress(OSError), os.scandir(self._directory / "of") as entries:
            for entry in entries:
                if entry.name != _ALL:
                    with contextlib.suppress(OSError):  # gone meanwhile
                        found[entry.name] = entry.stat(follow_symlinks=False).st_mtime
        return found

    def _shared(self, key: str) -> Path:
        return self._directory / "shared" / key[:2] / (key + _SUFFIX)

    def _owned(self, key: str, owner: str) -> Path | None:
        """None: such an id owns nothing, so that nothing of it is left behind."""
        if owner == _ALL or (owner and not _OWNER.fullmatch(owner)):
            return None
        return self._directory / "of" / (owner or _ALL) / (key + _SUFFIX)

    def _read(self, key: str, path: Path, other: Path) -> bytes | None:
        """`other`: a second name that it may have, which goes with it when it is damaged."""
        try:
            with path.open("rb") as file:
                body = unseal(key, file.read(_MAX_FILE_BYTES + 1))
        except OSError:
            return None
        except BadClip:
            self.damaged += 1
            if _same(path, other):
                _unlink(other)
            _unlink(path)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return body

    def _place(self, key: str, content: bytes, owned: Path) -> None:
        """The owner's first, so that a shared clip has an owner from its first moment on.

        Both names come from files that nobody else knows: `get` may give `owned` an earlier file
        at any moment, and a file that has just lost its last name cannot be linked (ENOENT)."""
        folder, shared = owned.parent, self._shared(key)
        _private(folder)
        _private(shared.parent)
        first, second = _temporary(folder, key), _temporary(folder, key)
        try:
            _write(first, content)
            self._link(first, second)
            first.replace(owned)
            second.replace(shared)
        finally:
            _unlink(first)
            _unlink(second)
        if not owned.exists():  # erased meanwhile, by another process
            self._release(key)

    def _join(self, source: Path, target: Path, folder: Path) -> None:
        """Give the file of `source` the name `target` as well. Raises OSError.
        `folder`: the owner's, where a crash may leave something: it goes with its owner."""
        if target.exists() if self._copies else _same(source, target):
            return
        _private(target.parent)
        _private(folder)
        temporary = _temporary(folder, target.stem)
        try:
            self._link(source, temporary)
            temporary.replace(target)
        finally:
            _unlink(temporary)  # also left by a rename from one name of a file to another

    def _link(self, source: Path, target: Path) -> None:
        """A second name for the file, or a copy where there are no links. Raises OSError."""
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            content = source.read_bytes()
            _write(target, content)
            self._bytes += len(content)

    def _release(self, key: str) -> None:
        """Remove the shared clip if no owner has it any more. Raises OSError."""
        shared = self._shared(key)
        with contextlib.suppress(FileNotFoundError):
            if shared.stat().st_nlink > 1:
                return
            if self._copies and any(
                (folder / shared.name).exists() for folder in _listed(self._directory / "of")
            ):
                return
            shared.unlink()

    def _sweep(self) -> None:
        """Count what is there (other processes write too) and evict down to nine tenths."""
        found = self._scan()
        self._bytes = sum(size for _, size, _ in found)
        if self._bytes <= self._max_bytes:
            return
        for _, size, names in sorted(found):
            gone = [_unlink(path) for path in names]
            if all(gone):
                self._bytes -= size
            for path in names:
                with contextlib.suppress(OSError):
                    path.parent.rmdir()  # where it was the last
            if self._bytes <= self._max_bytes * _KEEP_SHARE:
                return

    def _scan(self) -> list[tuple[float, int, list[Path]]]:
        """Modification time, size and names of each file; what is stale or nobody's is removed."""
        found: dict[tuple[int, int], tuple[float, int, list[Path]]] = {}
        now_s = time.time()  # against modification times, which are of the wall clock
        # The shared ones first: each has an owner before.
        shared, owned = (
            [path for folder in _listed(self._directory / kind) for path in _listed(folder)]
            for kind in ("shared", "of")
        )
        self._sweep_every_writes = max(_SWEEP_EVERY_WRITES, len(owned) // _ENTRIES_PER_WRITE)
        kept = {path.name for path in owned}
        for path in (*shared, *owned):
            with contextlib.suppress(OSError):
                stat = path.stat()
                if path.suffix == _TEMPORARY:
                    if now_s - stat.st_mtime > _STALE_S:
                        path.unlink()
                elif path.suffix == _SUFFIX and path.name not in kept:
                    path.unlink()
                elif path.suffix == _SUFFIX:
                    file = (stat.st_dev, stat.st_ino)
                    found.setdefault(file, (stat.st_mtime, stat.st_size, []))[2].append(path)
        return list(found.values())


def _temporary(folder: Path, key: str) -> Path:
    return folder / f"{key}.{os.getpid()}.{secrets.token_hex(4)}{_TEMPORARY}"


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _listed(directory: Path) -> list[Path]:
    """Empty where there is none, or no longer: other processes evict and erase too."""
    try:
        return list(directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _unlink(path: Path) -> bool:
    """Whether it is gone."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _links_work(directory: Path) -> bool:
    """Whether a file here can have two names, and counts them."""
    one, other = _temporary(directory, "links"), _temporary(directory, "links")
    try:
        _write(one, b"")
        os.link(one, other)
        return one.stat().st_nlink == 2
    except OSError:
        return False
    finally:
        _unlink(one)
        _unlink(other)


def _private(directory: Path) -> None:
    """Made with 0700, parents too."""
    if not directory.is_dir():
        if not directory.parent.is_dir():
            _private(directory.parent)
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)


def _write(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "disk full"
    return os.strerror(error.errno) if error.errno else "disk error"
