from __future__ import annotations

import dataclasses
import math
import typing

import pytest

from media_server.setting import about
from media_server.stt.settings import SttSettings

NUMBERS = {
    name: kind for name, kind in typing.get_type_hints(SttSettings).items() if kind in (int, float)
}
RANGES = {
    item.name: allowed
    for item in dataclasses.fields(SttSettings)
    if (allowed := about(item).allowed) is not None
}


def test_every_number_has_a_range_that_holds_its_default() -> None:
    assert set(RANGES) == set(NUMBERS)
    for item in dataclasses.fields(SttSettings):
        if item.name in RANGES:
            low, high = RANGES[item.name]
            assert low <= typing.cast("float", item.default) <= high


@pytest.mark.parametrize("name", NUMBERS)
def test_number_out_of_its_range_is_refused_by_name(name: str) -> None:
    low, high = RANGES[name]
    for value in (low - 1, high + 1, math.nan, math.inf):
        with pytest.raises(ValueError, match=rf"^stt {name}: {value} is out of range; allowed: "):
            SttSettings.from_mapping({name: value})
    for value in (low, high):
        assert getattr(SttSettings.from_mapping({name: value}), name) == value
