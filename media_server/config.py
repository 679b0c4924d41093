"""Configuration: the settings of every room, from the environment and an optional TOML file.

The environment wins over the file, the file over the defaults. Every value is checked, and all
that is wrong is reported at once, each with its name, what is allowed and an example.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from media_server.config_fields import SECTIONS, fields_of
from media_server.http_settings import HttpSettings, LogSettings
from media_server.live.settings import LiveSettings
from media_server.llm.settings import LlmSettings
from media_server.model_files import (
    KOKORO,
    MOONSHINE,
    TURN,
    is_bare_name,
    model_folder,
    models_dir,
    piper_model,
    whisper_dir,
)
from media_server.process_settings import ProcessSettings
from media_server.rtc.settings import RtcSettings
from media_server.store.settings import StoreSettings
from media_server.stt.settings import SttSettings
from media_server.stt_choice import Choice, choose
from media_server.tts.settings import TtsSettings
from media_server.webhooks.settings import WebhookSettings

CONFIG_FILE_VARIABLE = "MEDIA_SERVER_CONFIG"
_PREFIX = "MEDIA_SERVER_"
_OTHER_VARIABLES = frozenset({CONFIG_FILE_VARIABLE, "MEDIA_SERVER_URL", "MEDIA_SERVER_MCP_TOKEN"})
"""Read by the command line, not settings of the server."""


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting of the server. Immutable; made by `load_config` or by hand in a test."""

    http: HttpSettings = field(default_factory=HttpSettings)
    live: LiveSettings = field(default_factory=LiveSettings)
    rtc: RtcSettings = field(default_factory=RtcSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    stt: SttSettings = field(default_factory=SttSettings)
    tts: TtsSettings = field(default_factory=TtsSettings)
    llm: LlmSettings = field(default_factory=LlmSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    log: LogSettings = field(default_factory=LogSettings)
    process: ProcessSettings = field(default_factory=ProcessSettings)
    recogniser: Choice | None = None
    """How `stt` came to its engine; None: the operator named it."""


class ConfigError(Exception):
    """`problems`: one line each, ready to be shown."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        super().__init__(
            "\n".join([f"The configuration has {count}:", *map("  - {}".format, problems)])
        )


def load_config(environ: Mapping[str, str] | None = None, *, file: Path | None = None) -> Config:
    """Raises ConfigError. `environ` None: this process's own; `file`: overrides its variable."""
    environ = os.environ if environ is None else environ
    problems: list[str] = []
    if file is None and environ.get(CONFIG_FILE_VARIABLE):
        file = Path(environ[CONFIG_FILE_VARIABLE])
    values = _from_file(file, problems) if file is not None else {}
    for section, found in _from_environment(environ, problems).items():
        values.setdefault(section, {}).update(found)
    sections = {}
    for name in SECTIONS:
        sections[name] = _build(name, values.get(name, {}), problems)
    if problems:
        raise ConfigError(problems)
    return _filled(Config(**sections))


def _filled(config: Config) -> Config:
    """What one room takes from another where nothing was said."""
    if config.rtc.public_ips:
        ours = (f"[{ip}]" if ":" in ip else ip for ip in config.rtc.public_ips)
        hosts = tuple(dict.fromkeys((*config.http.allowed_hosts, *ours)))
        config = with_changes(config, "http", allowed_hosts=hosts)
    if config.tts.cache_dir is None:
        speech = config.store.data_dir / "cache" / "speech"
        config = with_changes(config, "tts", cache_dir=speech)
    if not config.stt.workers and not config.stt.redis_url:
        if not config.store.uses_redis:
            problem = (
                "MEDIA_SERVER_STT_WORKERS: 0 leaves the work to `media-server stt-worker` on other "
                "machines, which needs a queue in Redis; for example "
                "MEDIA_SERVER_STT_REDIS_URL=redis://localhost:6379/0"
            )
            raise ConfigError([problem])
        config = with_changes(config, "stt", redis_url=config.store.store_url)
    models = models_dir(config.store.data_dir)
    config = with_recogniser(config, config.stt)
    voice = config.tts.piper_model
    if voice is not None and voice.suffix != ".onnx" and is_bare_name(str(voice)):
        config = with_changes(config, "tts", piper_model=piper_model(models, str(voice)))
    if is_bare_name(wanted := config.live.end_of_turn_model):
        folder = str(model_folder(models, TURN, wanted))
        config = with_changes(config, "live", end_of_turn_model=folder)
    if config.tts.kokoro_dir is None:
        config = with_changes(config, "tts", kokoro_dir=model_folder(models, KOKORO, KOKORO))
    return config


def with_recogniser(config: Config, stt: SttSettings) -> Config:
    """With these settings of `stt`: names of pulled models become directories, and the engine auto
    one of those there are."""
    models = models_dir(config.store.data_dir)
    if is_bare_name(stt.model_dir):
        stt = dataclasses.replace(stt, model_dir=str(whisper_dir(models, stt.model_dir)))
    if is_bare_name(stt.slow_model_dir):
        stt = dataclasses.replace(stt, slow_model_dir=str(whisper_dir(models, stt.slow_model_dir)))
    moonshine = stt.moonshine_dir
    if not moonshine or is_bare_name(moonshine):
        pulled = model_folder(models, MOONSHINE, moonshine or "tiny-en")
        stt = dataclasses.replace(stt, moonshine_dir=str(pulled))
    choice = choose(stt, models)
    return dataclasses.replace(config, stt=choice.settings if choice else stt, recogniser=choice)


def masked(config: Config) -> dict[str, dict[str, Any]]:
    """The effective configuration as plain values, secrets replaced by whether they are set."""
    shown: dict[str, dict[str, Any]] = {}
    for section in SECTIONS:
        settings = getattr(config, section)
        for item in fields_of(section):
            value = getattr(settings, item.name)
            shown.setdefault(section, {})[item.name] = item.show(value)
    return shown


def as_toml(config: Config) -> str:
    """`masked` as a TOML document whose comments name the variables."""
    lines = []
    for section, values in masked(config).items():
        lines.append(f"[{section}]")
        for item in fields_of(section):
            value = values[item.name]
            text = f"# {item.name} is not set" if value is None else f"{item.name} = {_toml(value)}"
            lines.append(f"{text}  # {item.variable}")
        lines.append("")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(entry) for entry in value) + "]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, dict[str, Any]]:
    known = {item.variable: item for section in SECTIONS for item in fields_of(section)}
    values: dict[str, dict[str, Any]] = {}
    for variable, text in environ.items():
        item = known.get(variable)
        if item is None:
            if variable.startswith(_PREFIX) and variable not in _OTHER_VARIABLES:
                problems.append(_unknown(variable, list(known)))
            continue
        if text == "" and not item.is_text:
            continue
        try:
            values.setdefault(item.section, {})[item.name] = item.parse(text)
        except ValueError as error:
            problems.append(f"{variable}: {error}")
    return values


def _from_file(file: Path, problems: list[str]) -> dict[str, dict[str, Any]]:
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        problems.append(f"{file}: cannot be read ({error.strerror}); check --config")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{file}: is not TOML: {error}")
        return {}
    values: dict[str, dict[str, Any]] = {}
    for section, table in document.items():
        if section not in SECTIONS or not isinstance(table, dict):
            problems.append(f"{file}: " + _unknown(f"[{section}]", [f"[{s}]" for s in SECTIONS]))
            continue
        known = {item.name: item for item in fields_of(section)}
        for name, value in table.items():
            item = known.get(name)
            if item is None:
                problems.append(f"{file}: [{section}] " + _unknown(name, list(known)))
                continue
            try:
                values.setdefault(section, {})[name] = item.convert(value)
            except ValueError as error:
                problems.append(f"{file}: [{section}] {name}: {error}")
    return values


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    advice = f"; did you mean {near[0]}?" if near else "; `media-server config` lists all"
    return f"{name} is not a setting{advice}"


def _build(section: str, values: dict[str, Any], problems: list[str]) -> Any:
    """The room's settings, or None. A value the room refuses is put aside, to hear of the next."""
    kind = SECTIONS[section]
    refused = False
    remaining = dict(values)
    while True:
        try:
            made = kind(**remaining)
        except ValueError as error:
            refused = True
            culprit = _culprit(kind, remaining, str(error))
            problems.append(_room_problem(section, str(error), [culprit] if culprit else remaining))
            if culprit is None:
                return None
            del remaining[culprit]
        else:
            return None if refused else made


def _culprit(kind: Any, values: Mapping[str, Any], message: str) -> str | None:
    """The one value that is refused with these words wherever it stands; None: a combination."""
    for name, value in values.items():
        try:
            kind(**{name: value})
        except ValueError as error:
            if str(error) == message:
                return name
    return None


def _room_problem(section: str, message: str, names: Iterable[str]) -> str:
    """What a room said about its settings, with the variables it is about."""
    given = [item for item in fields_of(section) if item.name in set(names)]
    named = [item for item in given if re.search(rf"\b{item.name}\b", message)] or given
    variables = ", ".join(item.variable for item in named[:3])
    return f"{variables}: {message}; for example {named[0].variable}={named[0].example}"


def with_changes(config: Config, section: str, **changes: Any) -> Config:
    """A copy in which one section has other values."""
    changed = dataclasses.replace(getattr(config, section), **changes)
    return dataclasses.replace(config, **{section: changed})
