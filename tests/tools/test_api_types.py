"""The types for integrators in JavaScript are those of the models, all of them."""

from __future__ import annotations

import re

from media_server.tools.api_types import models, module
from tests.support.env import REPOSITORY

FILE = REPOSITORY / "client" / "sdk" / "interviews-api.d.ts"


def test_the_file_is_in_step() -> None:
    assert FILE.read_text() == module(), (
        "run: python -m media_server.tools.api_types > client/sdk/interviews-api.d.ts"
    )


def test_every_model_is_declared_and_every_name_that_is_used() -> None:
    text = module()
    declared = set(re.findall(r"^export (?:interface|type) (\w+)", text, re.MULTILINE))
    plain = {name.removesuffix("Input").removesuffix("Output") for name in declared}
    assert {model.__name__ for model, _ in models()} <= declared | plain
    code = re.sub(r"/\*\*.*?\*/|//.*|\"[^\"]*\"", "", text)
    assert set(re.findall(r"\b[A-Z]\w+", code)) <= declared | {"Record"}
    assert "join_url: string;" in text
