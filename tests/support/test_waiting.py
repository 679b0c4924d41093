from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import order
from tests.support.env import REPOSITORY
from tests.support.waiting import until

WITHOUT_A_POLICY = ("test_chromium.py",)
"""Their pages are none of ours."""


async def test_it_returns_when_the_condition_holds() -> None:
    seen: list[int] = []

    def third_time() -> bool:
        seen.append(1)
        return len(seen) == 3

    await until(third_time)
    assert len(seen) == 3


@pytest.mark.virtual_time
async def test_it_says_what_it_waited_for() -> None:
    packets: list[bytes] = []
    with pytest.raises(AssertionError, match=r"waited 2 s in vain for: .*len.packets. >= 10"):
        await until(lambda: len(packets) >= 10, within_s=2)
    with pytest.raises(AssertionError, match="waited 45 s in vain for: the tenth packet"):
        await until(lambda: len(packets) >= 10, "the tenth packet")


async def test_what_came_while_the_process_stood_still_counts() -> None:
    looks = 0

    def late() -> bool:
        nonlocal looks
        looks += 1
        if looks == 1:
            time.sleep(0.1)
        return looks == 2

    await until(late, within_s=0.05)


def test_listed_files_exist_the_longest_first() -> None:
    listed = (*order.SECONDS, *order.WAITING)
    assert [path for path in listed if not (REPOSITORY / path).is_file()] == []
    assert list(order.SECONDS.values()) == sorted(order.SECONDS.values(), reverse=True)


def test_the_table_is_made_of_a_report(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        "<testsuites><testsuite>"
        '<testcase classname="tests.a.test_x.TestIt" name="one" time="15.4"><properties>'
        '<property name="cpu_s" value="1.5"/></properties></testcase>'
        '<testcase classname="tests.a.test_x" name="two" time="4.2"><properties>'
        '<property name="cpu_s" value="2.0"/></properties></testcase>'
        '<testcase classname="tests.a.test_y" name="three" time="0.1"/>'
        '<testcase classname="tests.a.test_busy" name="four" time="16"><properties>'
        '<property name="cpu_s" value="5.0"/></properties></testcase>'
        '<testcase classname="tests.a.test_real" name="five" time="15"/>'
        "</testsuite></testsuites>"
    )
    assert order.tables(report) == (
        '    "tests/a/test_x.py": 20,\n'
        '    "tests/a/test_busy.py": 16,\n'
        '    "tests/a/test_real.py": 15,\n'
        "\n"
        '    "tests/a/test_x.py",\n'
    )


@dataclass
class Item:
    path: Path
    marked: bool

    def get_closest_marker(self, name: str) -> bool:
        return self.marked and name == "real_time"


def test_real_time_comes_last_and_the_longest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "SECONDS", {"c.py": 30, "b.py": 20})
    names = (("a", False), ("b", False), ("c", False), ("c", True), ("d", False), ("e", True))
    items: list[Any] = [Item(REPOSITORY / f"{name}.py", marked) for name, marked in names]
    order.arrange(items)
    assert [(item.path.stem, item.marked) for item in items] == [
        ("b", False), ("a", False), ("d", False), ("c", False), ("c", True), ("e", True),
    ]  # fmt: skip


EXPRESSION = re.compile(r"wait_for_function\(\s*(\w+|[rf]*\"[^\n]*)")


def test_what_the_pages_policy_forbids_is_not_asked_for() -> None:
    """Chromium evaluates a text in a page for Playwright, whatever its policy; at its second look
    Playwright does it itself, and may not. A test that is quick enough would never see it."""
    found = []
    for path in (REPOSITORY / "tests").rglob("*.py"):
        source = path.read_text()
        if path == Path(__file__) or "bypass_csp=True" in source or path.name in WITHOUT_A_POLICY:
            continue
        for asked in EXPRESSION.findall(source):
            named = re.search(rf"^{re.escape(asked)} = (.+)", source, re.MULTILINE)
            if "=>" not in (named[1] if named else asked):
                found.append(f"{path.relative_to(REPOSITORY)}: {asked}")
    assert not found, "use comes_true (tests/browser/conftest.py)"
