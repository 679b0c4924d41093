from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server import cli
from media_server.config import ConfigError, as_toml, load_config, masked
from media_server.config_docs import markdown
from media_server.config_fields import SECTIONS, Field, fields_of
from media_server.setting import about

DOC = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_is_in_step() -> None:
    assert DOC.read_text() == markdown(), "run: media-server config --markdown > " + str(DOC)


def test_every_variable_is_one_setting() -> None:
    variables = [item.variable for section in SECTIONS for item in fields_of(section)]
    assert len(set(variables)) == len(variables)
    assert {"HOST", "PORT", "DATA_DIR", "MEDIA_SERVER_API_KEY"} <= set(variables)


_EVERY = [item for section in SECTIONS for item in fields_of(section)]
_FILLERS = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "for",
        "from",
        "in",
        "is",
        "its",
        "of",
        "on",
        "or",
        "s",
        "the",
        "this",
        "to",
        "with",
    ]
)


def says_something(name: str, text: str) -> bool:
    """Whether a text is a sentence with at least three words that its setting's name has not."""
    known = {word.rstrip("s") for word in name.split("_")} | _FILLERS
    words = re.findall(r"[a-z0-9/]+", text.lower())
    new = {word for word in words if word not in known and word.rstrip("s") not in known}
    return len(new) >= 3 and text.rstrip(")").endswith(".")


@pytest.mark.parametrize("item", _EVERY, ids=lambda item: f"{item.section}.{item.name}")
def test_every_setting_is_explained(item: Field) -> None:
    assert says_something(item.name, item.text), f"{item.section} {item.name}: {item.text!r}"
    if item.kind in (int, float):
        assert item.range is not None, f"{item.section} {item.name} has no range"
    if item.range is not None and item.default is not None:
        assert item.range[0] <= item.default <= item.range[1]


@pytest.mark.parametrize(
    "text", ["", "lease ttl s", "The lease's TTL in seconds", "TTL of leases."]
)
def test_a_text_that_repeats_the_name_explains_nothing(text: str) -> None:
    assert not says_something("lease_ttl_s", text)


def test_a_setting_is_declared_as_one() -> None:
    @dataclasses.dataclass
    class Loose:
        port: int = 1

    with pytest.raises(TypeError, match="port is not declared"):
        about(dataclasses.fields(Loose)[0])


@pytest.mark.parametrize("item", _EVERY, ids=lambda item: f"{item.section}.{item.name}")
def test_its_example_is_allowed(item: Field) -> None:
    if item.example != "…":
        item.parse(item.example)


@pytest.mark.parametrize(
    "item", [i for i in _EVERY if i.range is not None], ids=lambda i: f"{i.section}.{i.name}"
)
def test_a_range_holds_in_code_as_for_an_operator_in_the_same_words(item: Field) -> None:
    low, high = item.range or (0, 0)
    for value in (item.kind(low - 1), item.kind(high + 1)):
        with pytest.raises(ValueError, match="allowed: ") as in_code:
            SECTIONS[item.section](**{item.name: value})
        with pytest.raises(ValueError, match="for example") as from_outside:
            item.parse(str(value))
        name, _, words = str(in_code.value).partition(": ")
        assert name.split()[-1] == item.name
        assert str(from_outside.value).startswith(f"{words}; for example ")
    with pytest.raises(ValueError, match=f"{item.name}: nan is out of range"):
        SECTIONS[item.section](**{item.name: float("nan")})


def test_defaults_need_nothing() -> None:
    config = load_config({})
    assert (config.http.host, config.http.port) == ("127.0.0.1", 8080)
    assert config.tts.cache_dir == config.store.data_dir / "cache" / "speech"


def test_variable_wins_over_file_wins_over_default(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text('[http]\nport = 9001\nhost = "0.0.0.0"\n[live]\nmax_live = 3\n')
    config = load_config({"PORT": "9002", "MEDIA_SERVER_CONFIG": str(file)})
    assert (config.http.port, config.http.host, config.live.max_live) == (9002, "0.0.0.0", 3)
    assert load_config({"PORT": ""}, file=file).http.port == 9001, "empty is as if not set"


def test_lists_switches_and_none() -> None:
    config = load_config(
        {
            "MEDIA_SERVER_API_KEY": "first-key, second-key",
            "MEDIA_SERVER_DEMO": "off",
            "MEDIA_SERVER_AUDIO_DAYS": "none",
            "MEDIA_SERVER_CORS_ORIGINS": "https://a.example,https://b.example",
        }
    )
    assert config.http.api_keys == ("first-key", "second-key")
    assert config.http.demo is False
    assert config.store.audio_days is None
    assert len(config.http.cors_origins) == 2


def test_all_problems_at_once_each_with_advice(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text(
        "[htp]\nport = 1\n[live]\nmax_liv = 3\nsweep_s = true\n[store]\naudio_days = nan\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_config(
            {
                "PORT": "99999",
                "MEDIA_SERVER_DEMO": "perhaps",
                "MEDIA_SERVER_MAX_LIVE": "many",
                "MEDIA_SERVER_RTC_PRT": "1",
                "MEDIA_SERVER_STORE_URL": "ftp://x",
                "MEDIA_SERVER_STT_API_KEY": "fine",
            },
            file=file,
        )
    text = str(caught.value)
    assert len(caught.value.problems) == 9
    for part in (
        "PORT: 99999 is out of range; allowed: 0 to 65535; for example PORT=8080",
        "MEDIA_SERVER_DEMO: 'perhaps' is neither on nor off",
        "MEDIA_SERVER_MAX_LIVE: 'many' is not a whole number",
        "did you mean MEDIA_SERVER_RTC_PORT?",
        "MEDIA_SERVER_STORE_URL: store_url: ftp:// is not known",
        "did you mean [http]?",
        "did you mean max_live?",
        "sweep_s: 'True' has the wrong type",
        "audio_days: nan is not a whole number",
    ):
        assert part in text, part


@pytest.mark.parametrize("content", [None, "port = ", b"\xff"])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: str | bytes | None) -> None:
    file = tmp_path / "server.toml"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=r"server\.toml"):
        load_config({}, file=file)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MEDIA_SERVER_PUBLIC_URL", "ftp://x"),
        ("MEDIA_SERVER_TRUSTED_PROXIES", "everybody"),
        ("MEDIA_SERVER_TURN_URLS", "turn:x"),
        ("MEDIA_SERVER_STUN_URLS", "http://x"),
        ("MEDIA_SERVER_SECRETS", "short"),
        ("MEDIA_SERVER_TURN_USERNAME", "x"),
        ("MEDIA_SERVER_CORS_ORIGINS", "a.example"),
        ("MEDIA_SERVER_PUBLIC_IP", "example.org"),
        ("MEDIA_SERVER_OLLAMA_URL", "localhost"),
        ("MEDIA_SERVER_TTS_ENGINE", "nobody"),
        ("MEDIA_SERVER_LOG_LEVEL", "loud"),
    ],
)
def test_what_a_room_refuses_names_the_variable(variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=variable):
        load_config({variable: value})


def test_secrets_are_masked_and_the_rest_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    canary = "canary-secret-0123456789"
    config = load_config(
        {
            "MEDIA_SERVER_API_KEY": canary,
            "MEDIA_SERVER_SECRETS": canary,
            "MEDIA_SERVER_TURN_SECRET": canary,
            "MEDIA_SERVER_STT_API_KEY": canary,
            "MEDIA_SERVER_STORE_URL": f"redis://user:{canary}@localhost:6379/0",
        }
    )
    for shown in (as_toml(config), json.dumps(masked(config)), repr(config.http)):
        assert canary not in shown
    assert tomllib.loads(as_toml(config))["http"]["port"] == 8080
    assert cli.main(["config", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["http"]["api_keys"] in ("", "(set)")


@given(
    st.dictionaries(
        st.sampled_from([f.variable for s in SECTIONS for f in fields_of(s)]),
        st.text(st.characters(exclude_characters="\x00"), max_size=30),
        max_size=6,
    )
)
def test_no_value_breaks_anything_but_by_its_name(environ: dict[str, str]) -> None:
    problems: tuple[str, ...] = ()
    try:
        load_config(environ)
    except ConfigError as error:
        problems = error.problems
    assert all(any(variable in problem for variable in environ) for problem in problems)


def test_a_wrong_configuration_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "abc")
    assert cli.main(["config"]) == 2
    assert "PORT: 'abc' is not a whole number" in capsys.readouterr().err
