"""Real weights for tests, in `build/models` of the checkout: `make test` fetches what it can get.

A test that asks for a model that is not there skips and says so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from media_server.model_files import model_folder

MODELS = Path(__file__).parents[2] / "build" / "models"


def real_model(kind: str, name: str) -> Path:
    """The folder of a complete model. `kind`: one of `media_server.model_files`."""
    folder = model_folder(MODELS, kind, name)
    if not folder.is_dir():
        pytest.skip(f"the {kind} model {name} is not in {MODELS}: no source had it at set-up")
    return folder
