"""What is known of each setting: its variable, type, range, example and description.

Types and defaults come from the rooms' dataclasses, descriptions from the docstrings below their
fields; only ranges, examples and unusual names stand here.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import itertools
import math
import re
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_server.http_settings import HttpSettings, LogSettings
from media_server.live.settings import LiveSettings
from media_server.llm.settings import LlmSettings
from media_server.process_settings import ProcessSettings
from media_server.rtc.settings import RtcSettings
from media_server.store.settings import StoreSettings
from media_server.stt.settings import RANGES as STT_RANGES
from media_server.stt.settings import SttSettings
from media_server.tts.settings import TtsSettings

SECTIONS: dict[str, Any] = {
    "http": HttpSettings,
    "live": LiveSettings,
    "rtc": RtcSettings,
    "store": StoreSettings,
    "stt": SttSettings,
    "tts": TtsSettings,
    "llm": LlmSettings,
    "log": LogSettings,
    "process": ProcessSettings,
}
_UNPREFIXED = frozenset({"http", "live", "store", "process"})
_VARIABLES = {
    ("http", "host"): "HOST",
    ("http", "port"): "PORT",
    ("http", "api_keys"): "MEDIA_SERVER_API_KEY",
    ("store", "data_dir"): "DATA_DIR",
    ("rtc", "public_ips"): "MEDIA_SERVER_PUBLIC_IP",
    ("llm", "ollama_url"): "MEDIA_SERVER_OLLAMA_URL",
    ("llm", "ollama_model"): "MEDIA_SERVER_OLLAMA_MODEL",
}
SECRET = frozenset(
    {
        "api_keys",
        "secrets",
        "metrics_token",
        "turn_secret",
        "turn_credential",
        "api_key",
        "redis_url",
    }
)
_DAYS, _PORT, _RATE = (0, 36_500), (0, 65_535), (1, 1_000_000)
_RANGES: dict[tuple[str, str], tuple[float, float]] = {
    ("http", "port"): _PORT,
    ("http", "metrics_port"): _PORT,
    ("http", "token_ttl_s"): (10, 600),
    ("http", "demo_per_minute"): _RATE,
    ("http", "requests_per_minute"): _RATE,
    ("http", "calls_per_minute"): _RATE,
    ("http", "api_requests_per_minute"): _RATE,
    ("http", "body_timeout_s"): (0.1, 120),
    ("http", "max_connections"): (1, 1_000_000),
    ("http", "max_connections_per_address"): (1, 1_000_000),
    ("http", "all_demos_per_minute"): _RATE,
    ("http", "max_spec_bytes"): (1024, 16_777_216),
    ("http", "turn_ttl_s"): (60, 86_400),
    ("http", "drain_s"): (0, 86_400),
    ("process", "watchdog_s"): (0.5, 3600),
    ("process", "watchdog_start_s"): (0.5, 86_400),
    ("live", "max_live"): (1, 10_000),
    ("live", "max_demos"): (1, 10_000),
    ("live", "keep_place_s"): (0, 86_400),
    ("live", "lease_ttl_s"): (1, 600),
    ("live", "lease_renew_s"): (0.1, 300),
    ("live", "lease_doubt_s"): (0.1, 600),
    ("live", "idle_session_s"): (1, 86_400),
    ("live", "sweep_s"): (1, 3600),
    ("live", "link_ttl_s"): (60, 315_360_000),
    ("live", "owed_finals_s"): (0, 3600),
    ("live", "retry_after_s"): (1, 3600),
    ("rtc", "port"): _PORT,
    ("rtc", "max_calls"): (1, 100_000),
    ("rtc", "connect_timeout_s"): (1, 120),
    ("rtc", "channel_timeout_s"): (1, 120),
    ("rtc", "suspect_s"): (0.5, 120),
    ("rtc", "gone_s"): (1, 300),
    ("rtc", "close_timeout_s"): (0.1, 5),
    ("rtc", "rtcp_interval_s"): (0.05, 5),
    ("rtc", "call_busy_share"): (0.01, 1),
    ("rtc", "call_datagrams_per_s"): (100, 100_000),
    ("rtc", "call_bytes_per_s"): (16_384, 100_000_000),
    ("rtc", "call_burst_s"): (1, 60),
    ("store", "audio_days"): _DAYS,
    ("store", "transcript_days"): _DAYS,
    ("store", "log_days"): _DAYS,
    ("store", "retention_interval_s"): (1, 86_400),
    ("store", "min_free_mb"): (0, 100_000_000),
    **{("stt", name): bounds for name, bounds in STT_RANGES.items()},
    ("tts", "speed"): (0.5, 2),
    ("tts", "start_timeout_s"): (0.1, 120),
    ("tts", "job_timeout_s"): (0.1, 120),
    ("llm", "connect_timeout_s"): (0.1, 10),
    ("llm", "circuit_failures"): (1, 1000),
    ("llm", "circuit_open_s"): (0.1, 300),
}
_EXAMPLES = {
    ("http", "host"): "0.0.0.0",  # noqa: S104  # an example, bound by nobody
    ("http", "public_url"): "https://interviews.example.org",
    ("http", "allowed_hosts"): "interviews.example.org,203.0.113.7:8080",
    ("http", "trusted_proxies"): "127.0.0.1,10.0.0.0/8",
    ("http", "api_keys"): "a-long-random-key",
    ("http", "metrics_token"): "a-long-random-token",
    ("http", "metrics_port"): "9464",
    ("http", "secrets"): "a-long-random-secret",
    ("http", "cors_origins"): "https://jobs.example.org",
    ("http", "frame_ancestors"): "https://jobs.example.org",
    ("http", "client_dir"): "/srv/interview-page",
    ("http", "stun_urls"): "stun:stun.example.org:3478",
    ("http", "turn_urls"): "turn:turn.example.org:3478?transport=tcp",
    ("http", "turn_secret"): "the static-auth-secret of coturn",
    ("rtc", "bind_addresses"): "192.0.2.10",
    ("rtc", "public_ips"): "203.0.113.7",
    ("rtc", "transport"): "full",
    ("rtc", "stun_url"): "stun:stun.example.org:3478",
    ("rtc", "turn_url"): "turn:turn.example.org:3478?transport=udp",
    ("rtc", "turn_username"): "media",
    ("rtc", "turn_credential"): "the password of that user",
    ("store", "data_dir"): "/var/lib/media-server",
    ("store", "store_url"): "redis://localhost:6379/0",
    ("stt", "engine"): "faster-whisper",
    ("stt", "model_dir"): "/srv/models/whisper-base",
    ("stt", "language"): "auto",
    ("stt", "url"): "http://localhost:8000/v1",
    ("stt", "redis_url"): "redis://localhost:6379/0",
    ("tts", "engine"): "espeak",
    ("tts", "voice"): "slt",
    ("tts", "piper_model"): "/srv/voices/en_GB-alba-medium.onnx",
    ("tts", "cache_dir"): "/var/cache/media-server/speech",
    ("llm", "ollama_url"): "http://localhost:11434",
    ("log", "level"): "debug",
    ("log", "format"): "json",
}
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_NONE = frozenset({"none", "never", ""})
MAX_SHOWN = 40
_PASSWORD = re.compile(r"//[^/@]*@")
"""User and password in the address of a store."""


@dataclass(frozen=True, slots=True)
class Field:
    section: str
    name: str
    variable: str
    kind: Any
    """int, float, bool, str or Path; `many` and `optional` say the rest."""
    many: bool
    optional: bool
    default: Any
    range: tuple[float, float] | None
    example: str
    secret: bool

    @property
    def is_text(self) -> bool:
        return self.kind is str or self.many

    def parse(self, text: str) -> Any:
        """A variable's text. Raises ValueError: what is wrong, what is allowed, an example."""
        if self.many:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        text = text.strip()
        if self.optional and text.lower() in _NONE:
            return None
        if self.kind is bool:
            if self.optional and text.lower() == "auto":
                return None
            if text.lower() not in _TRUE | _FALSE:
                raise ValueError(f"{self._shown(text)} is neither on nor off; {self._advice()}")
            return text.lower() in _TRUE
        if self.kind in (int, float):
            try:
                value = self.kind(text)
            except ValueError:
                what = "a whole number" if self.kind is int else "a number"
                raise ValueError(f"{self._shown(text)} is not {what}; {self._advice()}") from None
            return self._in_range(value)
        return self.kind(text)

    def convert(self, value: Any) -> Any:
        """A TOML value. Raises ValueError as `parse` does."""
        if self.many:
            if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
                raise ValueError(f"a list of strings is expected; {self._advice()}")
            return tuple(value)
        if self.kind is bool or isinstance(value, bool):
            if self.kind is bool and isinstance(value, bool):
                return value
            if self.kind is bool and self.optional and value == "auto":
                return None
            raise ValueError(f"{self._shown(str(value))} has the wrong type; {self._advice()}")
        if self.kind in (int, float) and isinstance(value, int | float):
            if self.kind is int and not (math.isfinite(value) and value == int(value)):
                raise ValueError(f"{value} is not a whole number; {self._advice()}")
            return self._in_range(self.kind(value))
        if isinstance(value, str):
            return self.parse(value)
        raise ValueError(f"{self._shown(str(value))} has the wrong type; {self._advice()}")

    def show(self, value: Any) -> Any:
        if value is None:
            return None
        if self.secret:
            return "(set)" if value else ""
        if isinstance(value, str):
            return _PASSWORD.sub("//(set)@", value)
        return str(value) if isinstance(value, Path) else value

    def allowed(self) -> str:
        """What may be given, in words."""
        if self.range is not None:
            low, high = (f"{bound:g}" if bound < 1e6 else str(int(bound)) for bound in self.range)
            text = f"{low} to {high}"
            return text + (", or none" if self.optional else "")
        if self.many:
            return "a list, separated by commas"
        if self.kind is bool and self.optional:
            return "on, off or auto"
        words = {bool: "on or off", int: "a whole number", float: "a number", Path: "a path"}
        return words.get(self.kind, "text")

    def _in_range(self, value: float) -> float:
        low, high = self.range or (-math.inf, math.inf)
        if not low <= value <= high:  # also refuses nan
            raise ValueError(f"{value} is out of range; {self._advice()}")
        return value

    def _advice(self) -> str:
        return f"allowed: {self.allowed()}; for example {self.variable}={self.example}"

    def _shown(self, text: str) -> str:
        return "the value" if self.secret else repr(text[:MAX_SHOWN])


@functools.cache
def fields_of(section: str) -> tuple[Field, ...]:
    settings = SECTIONS[section]
    hints = typing.get_type_hints(settings)
    return tuple(
        _field(section, item, hints[item.name])
        for item in dataclasses.fields(settings)
        if item.init
    )


def _field(section: str, item: dataclasses.Field[Any], hint: Any) -> Field:
    optional = False
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        optional = type(None) in typing.get_args(hint)
        hint = next(kind for kind in typing.get_args(hint) if kind is not type(None))
    many = typing.get_origin(hint) is tuple
    if many:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) is typing.Literal:
        hint = str
    if hint not in (int, float, bool, str, Path):
        raise TypeError(f"{section}.{item.name}: settings are numbers, switches, text and paths")
    default = item.default
    if item.default_factory is not dataclasses.MISSING:
        default = item.default_factory()
    key = (section, item.name)
    prefix = "" if section in _UNPREFIXED else section.upper() + "_"
    name = item.name.upper()
    if prefix and name.startswith(prefix):
        prefix = ""
    variable = _VARIABLES.get(key, f"MEDIA_SERVER_{prefix}{name}")
    return Field(
        section=section,
        name=item.name,
        variable=variable,
        kind=hint,
        many=many,
        optional=optional,
        default=default,
        range=_RANGES.get(key),
        example=_EXAMPLES.get(key) or _example(hint, default),
        secret=item.name in SECRET,
    )


def _example(kind: Any, default: Any) -> str:
    if kind is bool:
        return "off" if default else "on"
    if kind in (int, float) and default is not None:
        return f"{default:g}" if isinstance(default, float) else str(default)
    return str(default) if default not in (None, "", ()) else "…"


def descriptions(section: str) -> dict[str, str]:
    """Docstrings below the fields, which Python itself does not keep. Reads the source."""
    tree = ast.parse(inspect.getsource(SECTIONS[section]))
    body = typing.cast("ast.ClassDef", tree.body[0]).body
    found: dict[str, str] = {}
    for statement, following in itertools.pairwise(body):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            found[statement.target.id] = " ".join(str(following.value.value).split())
    return found
