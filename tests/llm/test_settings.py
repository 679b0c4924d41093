"""Which engine the settings mean, what they refuse, and that a key is shown to nobody."""

from __future__ import annotations

import subprocess
import sys

import pytest

from media_server.config import ConfigError, load_config, masked
from media_server.llm.factory import create_llm
from media_server.llm.settings import LlmSettings


@pytest.mark.parametrize(
    ("variables", "engine", "url", "model"),
    [
        ({}, "scripted", "", ""),
        ({"OLLAMA_URL": "http://o:11434"}, "ollama", "http://o:11434", "llama3.2"),
        (
            {"OLLAMA_URL": "http://o:11434", "LLM_MODEL": "qwen"},
            "ollama", "http://o:11434", "qwen",
        ),
        ({"LLM_ENGINE": "ollama", "LLM_URL": "http://o"}, "ollama", "http://o", "llama3.2"),
        (
            {"LLM_ENGINE": "openai", "LLM_URL": "http://v:8000/v1", "LLM_MODEL": "qwen"},
            "openai", "http://v:8000/v1", "qwen",
        ),
        ({"LLM_ENGINE": "scripted", "OLLAMA_URL": "http://o:11434"}, "scripted", "", ""),
    ],
)  # fmt: skip
def test_what_is_used(variables: dict[str, str], engine: str, url: str, model: str) -> None:
    found = load_config({f"MEDIA_SERVER_{name}": to for name, to in variables.items()}).llm
    assert (found.engine_name, found.base_url, found.model_name) == (engine, url, model)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"LLM_ENGINE": "gpt"}, "llm engine"),
        ({"LLM_ENGINE": "openai"}, "set MEDIA_SERVER_LLM_URL"),
        ({"LLM_ENGINE": "ollama"}, "set MEDIA_SERVER_LLM_URL"),
        ({"LLM_ENGINE": "openai", "LLM_URL": "http://v/v1"}, "set MEDIA_SERVER_LLM_MODEL"),
        ({"LLM_URL": "v:8000"}, "must be like http://localhost:8000/v1"),
        ({"LLM_URL": "http://v:99999"}, "the port must be 1 to 65535"),
        ({"LLM_URL": "http://v/v1?canary=1"}, "take away what follows ? or #"),
        ({"OLLAMA_URL": "ftp://o"}, "must be like http://localhost:11434"),
        ({"LLM_API_KEY": "sk-canary\u00e9"}, "api_key has characters that no key has"),
        ({"LLM_CONCURRENCY": "0"}, "1 to 64"),
    ],
)
def test_what_cannot_be_used_is_named_with_what_to_do(
    variables: dict[str, str], words: str
) -> None:
    with pytest.raises(ConfigError) as wrong:
        load_config({f"MEDIA_SERVER_{name}": to for name, to in variables.items()})
    assert words in str(wrong.value)
    assert "canary" not in str(wrong.value)


def test_a_key_and_a_password_are_shown_as_set() -> None:
    config = load_config(
        {
            "MEDIA_SERVER_LLM_ENGINE": "openai",
            "MEDIA_SERVER_LLM_URL": "http://us:canary-1@v:8000/v1",
            "MEDIA_SERVER_LLM_MODEL": "m",
            "MEDIA_SERVER_LLM_API_KEY": "canary-2",
        }
    )
    shown = str(masked(config))
    assert "canary" not in shown
    assert "canary-2" not in repr(config)
    assert config.llm.place == "v:8000"


def test_without_a_model_nothing_is_loaded_for_one() -> None:
    """It was a tenth of a server's start."""
    code = (
        "import sys; import media_server.serve; from media_server.llm.factory import create_llm; "
        "from media_server.llm.settings import LlmSettings; create_llm(LlmSettings()); "
        "print({'httpx', 'ollama', 'jsonschema'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "set()"


def test_the_default_answers_at_once_that_there_is_none() -> None:
    llm = create_llm(LlmSettings())
    assert (llm.name, llm.scripted, llm.available()) == ("scripted", True, False)
