"""What an operator may set about the language model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from media_server.setting import check_ranges, setting

EngineName = Literal["scripted", "ollama", "openai"]


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    engine: Literal["auto", "scripted", "ollama", "openai"] = setting(
        "auto",
        """What words greetings, follow-ups and answers: `ollama`; `openai`, any server with chat
        completions; `scripted`, fixed texts and no model. `auto`: `ollama` where
        MEDIA_SERVER_OLLAMA_URL is set, else `scripted`.""",
    )
    url: str = setting(
        "",
        """Address of the language model's server. For `openai` with the path before
        `/chat/completions`; for `ollama` it may stand in MEDIA_SERVER_OLLAMA_URL instead.""",
        example="http://localhost:8000/v1",
    )
    model: str = setting(
        "",
        """The model, as its server names it. Empty: for `ollama` MEDIA_SERVER_OLLAMA_MODEL.""",
        example="qwen2.5:7b-instruct",
    )
    api_key: str = setting(
        "",
        "Sent to the language model's server as a bearer's token; empty: none.",
        secret=True,
    )
    ollama_url: str = setting(
        "",
        "Address of an Ollama server. Empty: fixed texts, no model.",
        example="http://localhost:11434",
        variable="MEDIA_SERVER_OLLAMA_URL",
    )
    ollama_model: str = setting(
        "llama3.2",
        "The model at Ollama, as `ollama list` names it.",
        variable="MEDIA_SERVER_OLLAMA_MODEL",
    )
    concurrency: int = setting(
        4,
        """Requests to the model at a time; more of them wait. No more than the server computes at
        once (OLLAMA_NUM_PARALLEL).""",
        allowed=(1, 64),
    )
    evaluations: int = setting(
        1,
        """Of those, at most so many for evaluations, so that interviews under way need not wait
        for them: so many criteria of an interview are judged at a time. Where no place is free, an
        evaluation gives its own to whoever else needs it.""",
        allowed=(1, 64),
    )
    waiting: int = setting(
        64,
        "Requests that may wait for the model; the next one is refused as `busy`.",
        allowed=(1, 10_000),
    )
    first_token_s: float = setting(
        4.0,
        """How long a candidate's request waits for the first word of the model at most; then the
        interview goes on without. The model of an evaluation has more time.""",
        allowed=(0.1, 30),
    )
    connect_timeout_s: float = setting(
        1.5,
        """How long connecting to the model's server may take; then the interview goes on
        without.""",
        allowed=(0.1, 10),
    )
    keep_alive: str = setting("30m", "How long Ollama keeps the model in memory after a request.")
    circuit_failures: int = setting(
        3,
        """After so many failures in a row the model is left alone for `circuit_open_s`; one
        refused connection is enough.""",
        allowed=(1, 1000),
    )
    circuit_open_s: float = setting(
        15.0,
        """How long a failed model is left alone before one request tries it again. Doubles with
        each that fails, up to 5 minutes.""",
        allowed=(0.1, 300),
    )

    def __post_init__(self) -> None:
        check_ranges(self)
        _check_address("url", self.url)
        _check_address("ollama_url", self.ollama_url)
        if not (self.api_key.isascii() and self.api_key.isprintable()):
            raise ValueError(
                "llm api_key has characters that no key has: "
                "correct it (a line break at its end, a letter with an accent?)"
            )
        if self.engine_name == "scripted":
            return
        if not self.base_url:
            raise ValueError(
                f"llm engine {self.engine_name} needs the server's address: "
                "set MEDIA_SERVER_LLM_URL, for example to http://localhost:8000/v1"
            )
        if not self.model_name:
            raise ValueError(
                f"llm engine {self.engine_name} needs the name of a model: "
                "set MEDIA_SERVER_LLM_MODEL to one that the server lists"
            )

    @property
    def engine_name(self) -> EngineName:
        """`engine`, with `auto` decided."""
        if self.engine == "auto":
            return "ollama" if self.ollama_url else "scripted"
        return self.engine

    @property
    def base_url(self) -> str:
        """Of the engine's server; "": there is none."""
        match self.engine_name:
            case "ollama":
                return self.url or self.ollama_url
            case "openai":
                return self.url
            case _:
                return ""

    @property
    def model_name(self) -> str:
        return self.model or (self.ollama_model if self.engine_name == "ollama" else "")

    @property
    def place(self) -> str:
        """host:port of the server, for texts: an address may hold a password."""
        address = urlsplit(self.base_url)
        port = f":{address.port}" if address.port else ""
        return f"{address.hostname or ''}{port}"


def _check_address(name: str, url: str) -> None:
    if not url:
        return
    example = "http://localhost:8000/v1" if name == "url" else "http://localhost:11434"
    try:
        address = urlsplit(url)
        _ = address.port
    except ValueError:
        raise ValueError(f"llm {name}: the port must be 1 to 65535") from None
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise ValueError(f"llm {name} must be like {example}")
    if address.query or address.fragment:
        raise ValueError(f"llm {name} must be like {example}: take away what follows ? or #")
