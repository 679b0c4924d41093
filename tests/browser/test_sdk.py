"""The SDK's pure parts, tested in Node; its messages, compared with the server's models."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from media_server.dialects import interview_v1 as v1
from media_server.tools.client_types import model_names, module
from tests.support.env import REPOSITORY, require_tool

UNIT = Path(__file__).parent / "unit"
SDK = REPOSITORY / "client" / "sdk"


@pytest.fixture(scope="module")
def node() -> Path:
    return require_tool("node", package="nodejs")


@pytest.mark.parametrize("suite", sorted(path.name for path in UNIT.glob("*.test.mjs")))
def test_unit(node: Path, suite: str) -> None:
    done = subprocess.run(
        [node, "--test", "--test-reporter=spec", UNIT / suite],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_message_types_are_those_of_the_models() -> None:
    assert (SDK / "messages.d.ts").read_text() == module(), (
        "run: python -m media_server.tools.client_types > client/sdk/messages.d.ts"
    )
    assert all(f"export interface {name} {{" in module() for name in model_names())


def test_the_channel_knows_every_message(node: Path) -> None:
    script = (
        f"import {{ LABEL, MAX_MESSAGE_BYTES, SERVER_TYPES, REQUIRED }} from '{SDK}/channel.js';"
        "const types = [...SERVER_TYPES];"
        "console.log(JSON.stringify({LABEL, MAX_MESSAGE_BYTES, types, REQUIRED}));"
    )
    done = subprocess.run(
        [node, "--input-type=module", "--eval", script],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    known = json.loads(done.stdout)
    schema = v1.SERVER_MESSAGE.json_schema(mode="serialization")["$defs"]
    fields = {
        node["properties"]["type"]["const"]: set(node["properties"]) for node in schema.values()
    }
    assert known["LABEL"] == v1.LABEL
    assert known["MAX_MESSAGE_BYTES"] == v1.MAX_MESSAGE_BYTES
    assert set(known["types"]) == set(fields) == set(known["REQUIRED"])
    for name, required in known["REQUIRED"].items():
        assert set(required) <= fields[name], name
