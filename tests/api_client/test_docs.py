"""The examples of docs/api-client.md run as they stand, against a server."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import types
from typing import Any

import pytest

from media_server.api_client import Client
from tests.signaling.conftest import KEY, open_house
from tests.support.env import REPOSITORY

PAGE = (REPOSITORY / "docs" / "api-client.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(code: str, given: dict[str, Any]) -> None:
    compiled = compile(code, "example", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if compiled.co_flags & inspect.CO_COROUTINE:
        asyncio.run(types.FunctionType(compiled, given)())
    else:
        exec(compiled, given)  # noqa: S102  # our own page


@pytest.mark.parametrize("code", EXAMPLES, ids=lambda code: code.splitlines()[0])
async def test_an_example_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    house = await open_house()
    try:
        await house.create()
        given = {"URL": str(house.client.make_url("")), "API_KEY": KEY}
        await asyncio.to_thread(run, code, given)
        assert capsys.readouterr().out
    finally:
        await house.client.close()


def test_every_method_is_on_the_page() -> None:
    assert len(EXAMPLES) == 3
    named = set(re.findall(r"`(\w+)\(", PAGE))
    public = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if name[0] != "_"}
    assert public - {"close"} <= named
