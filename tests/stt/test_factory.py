from __future__ import annotations

from pathlib import Path

import pytest

from media_server.stt.factory import check, create_speech_to_text
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings

MODEL = Path(__file__).parents[1] / "fixtures" / "tiny-whisper"


def test_factory_makes_a_local_pool() -> None:
    assert isinstance(create_speech_to_text(SttSettings()), LocalSpeechToText)


@pytest.mark.parametrize(
    ("settings", "usable", "detail"),
    [
        (SttSettings(engine="faster-whisper"), False, "no model directory is configured"),
        (SttSettings(engine="faster-whisper", model_dir=str(MODEL)), True, "is complete"),
        (SttSettings(engine="openai-compatible", url="nowhere"), False, "not an HTTP address"),
        (SttSettings(engine="tests.stt.fake_engines:echo"), True, "can be imported"),
        (SttSettings(engine="tests.stt.fake_engines:none"), False, "fake_engines has no none"),
        (SttSettings(engine="tests.stt.nothing:none"), False, "cannot be imported"),
    ],
)
def test_check(settings: SttSettings, usable: bool, detail: str) -> None:
    (finding,) = check(settings)
    assert finding.usable == usable
    assert detail in finding.detail


def test_check_names_every_engine_in_order() -> None:
    findings = check(SttSettings(engine="faster-whisper, pocketsphinx"))
    assert [finding.engine for finding in findings] == ["faster-whisper", "pocketsphinx"]


def test_settings_hide_secrets_and_refuse_nonsense() -> None:
    assert "hush" not in repr(SttSettings(api_key="hush", redis_url="redis://:hush@host"))
    settings = SttSettings(workers=3, language="de")
    assert SttSettings.from_mapping(settings.to_mapping()) == settings
    with pytest.raises(ValueError, match="workers: -1 is out of range; allowed: 0 to 256"):
        SttSettings(workers=-1)
    for name in ("whisper", "faster-whisper, whisper", "tests.stt:", ":create", "a b:c"):
        with pytest.raises(ValueError, match=r"is unknown: use pocketsphinx, faster-whisper, .*:f"):
            SttSettings(engine=name)
    with pytest.raises(ValueError, match="must name an engine"):
        SttSettings(engine=" , ")
