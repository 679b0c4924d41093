"""A directory goes with its server, and what a killed one has left with the next."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_server import run_directory
from media_server.listening import CannotServe
from media_server.run_directory import PREFIX, RunDirectory


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files are; short, as sockets want it."""
    with tempfile.TemporaryDirectory(prefix="run-") as directory:
        monkeypatch.setattr(tempfile, "tempdir", directory)
        yield Path(directory)


def test_it_is_private_and_goes_with_its_server(place: Path) -> None:
    directory = RunDirectory()
    assert directory.path.parent == place
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700
    (directory.path / "worker-1.sock").touch()
    directory.close()
    directory.close()
    assert list(place.iterdir()) == []


def test_what_a_killed_server_left_is_removed_and_nothing_else(place: Path) -> None:
    (place / "media-server-tts-x").mkdir()
    (place / f"{PREFIX}file").touch()
    (place / f"{PREFIX}link").symlink_to(place / "media-server-tts-x")
    alive = RunDirectory()
    killed = RunDirectory()
    (killed.path / "worker-1.sock").symlink_to("worker-1.sock.7")
    assert killed._held is not None
    os.close(killed._held)  # as its end does
    next_one = RunDirectory()
    assert not killed.path.exists()
    kept = {alive.path.name, next_one.path.name, "media-server-tts-x"}
    assert {p.name for p in place.iterdir()} == {*kept, f"{PREFIX}file", f"{PREFIX}link"}
    alive.close()
    next_one.close()


def test_one_that_was_taken_before_it_was_locked_is_made_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = run_directory._lock
    made: list[Path] = []

    def late(path: Path) -> int | None:
        made.append(path)
        if len(made) == 1:
            path.rmdir()
        return lock(path)

    monkeypatch.setattr(run_directory, "_lock", late)
    directory = RunDirectory()
    assert [directory.path] == made[1:]
    assert list(place.iterdir()) == [directory.path]
    directory.close()


def test_a_place_that_cannot_be_used_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = place / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with pytest.raises(CannotServe, match="too long"):
        RunDirectory()
    assert list(long.iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", str(place / "nowhere"))
    with pytest.raises(CannotServe, match=r"No such file.* TMPDIR=/tmp"):
        RunDirectory()
