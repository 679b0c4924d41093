"""The name of a server: one per DATA_DIR, and the same at each start."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from media_server.store import server_id


def test_made_once_and_private(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "data"
    name = server_id.load(data_dir)
    assert len(name) == 16
    assert server_id.load(data_dir) == name
    assert stat.S_IMODE((data_dir / server_id.FILE).stat().st_mode) == 0o600
    assert [path.name for path in data_dir.iterdir()] == [server_id.FILE]
    assert server_id.load(tmp_path / "another") != name


def test_who_starts_at_the_same_moment_has_the_same_name(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(server_id.load, [tmp_path] * 24))) == 1


@pytest.mark.parametrize("damaged", [b"", b"\xff\xfe", b"name", b"0123456789abcdef" * 2])
def test_one_that_cannot_be_read_is_made_again(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / server_id.FILE).write_bytes(damaged)
    name = server_id.load(tmp_path)
    assert len(name) == 16
    assert server_id.load(tmp_path) == name


def test_a_file_in_its_way_stops_no_start(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    assert server_id.load(tmp_path / "data") == ""
