from __future__ import annotations

import ast
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import order
from tests.support.env import REPOSITORY
from tests.support.waiting import until

WITHOUT_A_POLICY = Path("tests/network/test_chromium.py")
"""Its page is not ours and has none."""


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


FUNCTION = re.compile(r"\s*(async\s+)?(\([^()]*\)|\w+)\s*=>")


def test_what_the_pages_policy_forbids_is_not_asked_for() -> None:
    """Given an expression, `wait_for_function` evaluates it in the page at every look, which the
    page's policy forbids from the second look on: a test that is quick enough would never see it.
    Files with a page that has no policy are not looked at."""
    found = []
    for path in (REPOSITORY / "tests").rglob("*.py"):
        source = path.read_text()
        is_free = "bypass_csp=True" in source or path.relative_to(REPOSITORY) == WITHOUT_A_POLICY
        if "wait_for_function(" in source and not is_free:
            found += [f"{path}: {text}" for text in _waited_for(source) if not FUNCTION.match(text)]
    assert not found, "use comes_true (tests/browser/conftest.py)"


def test_functions_and_expressions_are_told_apart() -> None:
    source = """
F = "(x) => x.y"
page.wait_for_function(F)
page.wait_for_function("async () => 1", arg=2)
page.wait_for_function('[...a].some((e) => e.x)')
page.wait_for_function(ELSEWHERE)
"""
    told = [bool(FUNCTION.match(text)) for text in _waited_for(source)]
    assert told == [True, True, False, False]


def _waited_for(source: str) -> list[str]:
    """What each `wait_for_function` is given; "" where that does not stand in the file."""
    tree = ast.parse(source)
    named = {
        target.id: assigned.value.value
        for assigned in ast.walk(tree)
        if isinstance(assigned, ast.Assign) and isinstance(assigned.value, ast.Constant)
        for target in assigned.targets
        if isinstance(target, ast.Name)
    }
    found = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "wait_for_function":
            given = call.args[0]
            text = named.get(given.id, "") if isinstance(given, ast.Name) else ""
            found.append(str(given.value if isinstance(given, ast.Constant) else text))
    return found
