"""What an operator may set about the language model."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    ollama_url: str = ""
    """Address of an Ollama server, http://localhost:11434; empty: fixed texts, no model."""
    ollama_model: str = "llama3.2"
    """As `ollama list` names it."""
    connect_timeout_s: float = 1.5
    keep_alive: str = "30m"
    """How long Ollama keeps the model in memory after a request."""
    circuit_failures: int = 3
    """So many in a row and the model is left alone for a while; a refused connection is enough."""
    circuit_open_s: float = 15.0
    """Doubles with each failed probe, up to 5 minutes."""

    def __post_init__(self) -> None:
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
        if not 0 < self.connect_timeout_s <= 10:
            raise ValueError("connect_timeout_s must be above 0 and at most 10")
        if self.circuit_failures < 1:
            raise ValueError("circuit_failures must be at least 1")
        if not 0 < self.circuit_open_s <= 300:
            raise ValueError("circuit_open_s must be above 0 and at most 300")
