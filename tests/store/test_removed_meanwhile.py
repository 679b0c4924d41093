"""Several servers share DATA_DIR: what one lists, another may be erasing."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_server.store.factory import create_stores
from media_server.store.settings import StoreSettings
from media_server.tts.cache import SpeechCache

NAMES = tuple(f"iv_{n}" for n in range(30))
LOOKS = 400


@contextlib.contextmanager
def another(directory: Path, name: str) -> Iterator[None]:
    """Makes and erases interviews in the directory, over and over."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            for interview in NAMES:
                (directory / interview).mkdir(parents=True, exist_ok=True)
                (directory / interview / name).write_bytes(b"")
            for interview in NAMES:
                (directory / interview / name).unlink(missing_ok=True)
                with contextlib.suppress(FileNotFoundError):  # whoever evicts removes it, too
                    (directory / interview).rmdir()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join(timeout=60)


async def test_a_spool_is_listed_and_read(tmp_path: Path) -> None:
    stores = create_stores(StoreSettings(data_dir=tmp_path))
    await stores.open()
    with another(tmp_path / "spool", "000001-1-00000001.spool"):
        async with asyncio.timeout(60):
            for _ in range(LOOKS // 4):
                assert set(await stores.spool.interviews()) <= set(NAMES)
                assert await stores.spool.read(NAMES[0]) == ()
                assert await stores.spool.damage(NAMES[1]) == {}
    await stores.close()


@pytest.mark.parametrize("links", [True, False])
def test_clips_are_counted_and_released(tmp_path: Path, links: bool) -> None:
    cache = SpeechCache(tmp_path, 100_000)
    cache.open()
    cache._copies = not links
    with another(tmp_path / "of", "0" * 64 + ".clip"):
        for number in range(LOOKS):
            key = f"{number:064x}"
            assert cache.put(key, b"words", "iv_mine")
            cache._sweep()
            cache.erase("iv_mine")
    assert cache.problem == ""
