"""docs/threat-model.md names a test for each row, and the test is there."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.env import REPOSITORY
from tests.support.source import parsed

PAGE = REPOSITORY / "docs" / "threat-model.md"
HEADER = ["who", "what they can reach", "what bounds it", "test"]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert table[0] == HEADER
    return table[2:]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]}: {row[1]}"[:60])
def test_each_row_names_tests_that_exist(row: list[str]) -> None:
    assert len(row) == len(HEADER), "a cell holds no | of its own"
    assert all(row)
    named = TEST.findall(row[3])
    assert named, "a row names its test as `tests/….py::test_…`"
    assert TEST.sub("", row[3]).strip(" ,") == "", "the last cell holds tests and nothing else"
    for path, name in named:
        file = REPOSITORY / path
        assert file.is_file(), f"{path} is not there"
        defined = {
            node.name
            for node in ast.walk(parsed(file))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in defined, f"{path} has no {name}"
