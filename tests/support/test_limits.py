from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY
from tests.support.limits import MemoryWatch, resident_mib


def test_a_growing_process_shows_what_it_does(tmp_path: Path) -> None:
    with (tmp_path / "told").open("w+") as told:
        watch = MemoryWatch(told, told_mib=resident_mib() / 2)
        watch.start()
        watch._thread.join(timeout=30)  # it tells once, then ends
        text = (tmp_path / "told").read_text()
        watch.stop()
    assert "MiB in this test process, in tests/support/test_limits.py" in text
    assert "test_a_growing_process_shows_what_it_does" in text.partition("\n")[2]


@pytest.mark.parametrize(("mib", "ends"), [(64, "MemoryError"), (1024, "done")])
def test_the_heap_ends_where_it_is_bounded(mib: int, ends: str) -> None:
    script = (
        "from tests.support.limits import bound_heap\n"
        f"bound_heap({mib})\n"
        "kept = [bytearray(1024 * 1024) for _ in range(200)]\n"
        "print('done')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ends in ran.stdout + ran.stderr
