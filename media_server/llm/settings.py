"""What an operator may set about the language model."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from media_server.setting import check_ranges, setting


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    ollama_url: str = setting(
        "",
        "Address of an Ollama server. Empty: fixed texts, no model.",
        example="http://localhost:11434",
        variable="MEDIA_SERVER_OLLAMA_URL",
    )
    ollama_model: str = setting(
        "llama3.2",
        "The model that words the greeting, as `ollama list` names it.",
        variable="MEDIA_SERVER_OLLAMA_MODEL",
    )
    connect_timeout_s: float = setting(
        1.5,
        "How long connecting to the Ollama server may take; then the fixed greeting is used.",
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
        if self.ollama_url:
            address = urlsplit(self.ollama_url)
            if address.scheme not in {"http", "https"} or not address.hostname:
                raise ValueError("ollama_url must be like http://localhost:11434")
            try:
                _ = address.port
            except ValueError:
                raise ValueError("ollama_url: the port must be 1 to 65535") from None
            if not self.ollama_model:
                raise ValueError("ollama_model must name a model that `ollama list` shows")
