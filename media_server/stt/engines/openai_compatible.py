"""Any server with `POST /v1/audio/transcriptions`: Speaches, vLLM, whisper.cpp and the like.

The request and its answer are those of OpenAI's API reference, "Create transcription". Blocking,
inside a worker process. One connection per request: servers restart, and a worker's request every
few seconds gains nothing from keeping one.
"""

from __future__ import annotations

import http.client
import io
import json
import math
import random
import secrets
import time
import urllib.parse
import wave
from collections.abc import Sequence
from typing import Any

from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.ports import (
    CannotTranscribe,
    EngineUnavailable,
    SttCapabilities,
    SttEngine,
    SttRequest,
    Transcription,
)
from media_server.stt import hallucination_filter, loops
from media_server.stt.engines import verbose_json
from media_server.stt.frames import pcm_bytes
from media_server.stt.settings import RETRY_BASE_S, SttSettings

MAX_ANSWER_BYTES = 4 * 1024 * 1024
PROMPT_CHARACTERS = 600
"""Whisper reads the last 224 tokens of a prompt; more words also slow every segment."""
AGAIN_HEAT = 0.5
"""Temperature for a final that looks like a loop: it is asked for once more."""
PLAIN_S = 600.0
"""So long a server that refused verbose_json is asked for text alone; then it is asked again, for
it may have been replaced, and one odd request must not cost word times for ever."""


class _TryAgain(Exception):
    """Refused, reset, silent, or 429/5xx: another attempt may succeed."""


class OpenAiCompatible:
    """Implements `ports.SttEngine`, of every language, as far as anybody knows."""

    name = "openai-compatible"
    notice = ""
    capabilities = SttCapabilities()

    def __init__(self, settings: SttSettings) -> None:
        self.model = settings.remote_model
        self._settings = settings
        self._url = urllib.parse.urlsplit(settings.url)
        self._plain_until_s = -math.inf
        """Of the monotonic clock: the server knows no verbose_json (several do not)."""

    def prepare(self) -> bool:
        """Always False: there is nothing to load, and the server is asked by each worker itself."""
        return False

    def warm_up(self) -> None:
        """Ask for /models, once. A server that answers anything but 401, 403, 429 or 5xx will do.

        Raises EngineUnavailable with what to do: the URL, the key, or nobody is there.
        """
        if self._url.scheme not in ("http", "https") or not self._url.hostname:
            raise EngineUnavailable(
                f"stt url {self._settings.url!r} is not an HTTP address: "
                "give the server's base URL, for example http://localhost:8000/v1"
            )
        key = self._settings.api_key
        if not (key.isascii() and key.isprintable()):
            raise EngineUnavailable(
                "stt api_key has characters that no key has: "
                "correct it (a line break at its end, a letter with an accent?)"
            )
        try:
            # Whatever else it answers, 404 included: not every server lists its models.
            status, _ = self._request("GET", "/models", b"", "")
            if status == 429 or status >= 500:
                raise _TryAgain(f"status {status}")
        except _TryAgain as error:
            raise EngineUnavailable(
                f"the transcription server at {self._where} does not answer ({error}): "
                "start it or correct stt url"
            ) from error
        self._refused(status)

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription]:
        """One request after another. Audio without speech is not sent.

        Raises CannotTranscribe for audio that the server rejects, and EngineUnavailable when it
        does not answer within `request_timeout_s`, after the retries of a final, or answers with
        nonsense.
        """
        return [self._transcribe(request) for request in requests]

    def _transcribe(self, request: SttRequest) -> Transcription:
        pcm, chosen, final = request.pcm, request.language, request.final
        if request.speech_ms == 0 or not pcm.size:
            return Transcription("", (), self.name, self.model, chosen)
        retries = self._settings.request_retries if final else 0
        audio_s = pcm.size / SAMPLE_RATE

        def heard(answer: dict[str, Any]) -> tuple[Transcription, bool]:
            """What is kept of the answer, and whether it looks like a loop."""
            read = self._read(answer, chosen)
            made = hallucination_filter.filtered(read, speech_ms=request.speech_ms, audio_s=audio_s)
            looped = made.rejected == hallucination_filter.LOOP or loops.is_repetitive(read.text)
            return made, looped

        made, looped = heard(self._ask(pcm, chosen, request.glossary, retries=retries))
        if not final or not looped:
            return made
        try:
            other, looped = heard(self._ask(pcm, chosen, request.glossary, heat=AGAIN_HEAT))
        except (CannotTranscribe, EngineUnavailable):
            return made
        return made if looped else other

    def _read(self, answer: dict[str, Any], chosen: str) -> Transcription:
        text = answer.get("text")
        if not isinstance(text, str):
            raise EngineUnavailable(f"the transcription server at {self._where} sent no text")
        heard = verbose_json.read(answer, text)
        spoken = answer.get("language")
        language = spoken if isinstance(spoken, str) else chosen
        return Transcription(
            text=heard.text,
            words=heard.words if heard.text else (),
            engine=self.name,
            model=self.model,
            language=language,
            confidence=heard.confidence if heard.text else None,
            rejected="no speech, says the model" if heard.silence else "",
            rejected_text=heard.silence[: hallucination_filter.MOST_KEPT],
        )

    @property
    def _where(self) -> str:
        return f"{self._url.hostname}:{self._url.port or (443 if self._https else 80)}"

    @property
    def _https(self) -> bool:
        return self._url.scheme == "https"

    def _ask(
        self,
        pcm: Pcm,
        language: str,
        glossary: Sequence[str],
        *,
        retries: int = 0,
        heat: float = 0.0,
    ) -> dict[str, Any]:
        attempt = 0
        plain = time.monotonic() < self._plain_until_s
        refused_verbose = False
        while True:
            fields = self._fields(language, glossary, plain=plain, heat=heat)
            kind, body = _multipart(fields, _wav(pcm))
            try:
                status, data = self._request("POST", "/audio/transcriptions", body, kind)
                if status == 429 or status >= 500:
                    raise _TryAgain(f"status {status}")
                self._refused(status)
                if status in (400, 422) and not plain:
                    plain = refused_verbose = True
                    continue
                if status != 200:
                    raise CannotTranscribe(f"{self._where} rejected the audio, status {status}")
                answer = _json_object(data)
            except _TryAgain as error:
                if attempt >= retries:
                    raise EngineUnavailable(
                        f"the transcription server at {self._where} failed ({error})"
                    ) from error
            else:
                if refused_verbose:  # and took the same audio without: it is the format
                    self._plain_until_s = time.monotonic() + PLAIN_S
                return answer
            attempt += 1
            time.sleep(RETRY_BASE_S * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311 - jitter

    def _fields(
        self, language: str, glossary: Sequence[str], *, plain: bool, heat: float
    ) -> list[tuple[str, str]]:
        fields = [("model", self.model), ("temperature", f"{heat:g}")]
        if language and language != "auto":
            fields.append(("language", language.partition("-")[0]))
        if glossary:
            fields.append(("prompt", ", ".join(glossary)[:PROMPT_CHARACTERS]))
        if plain:
            return [*fields, ("response_format", "json")]
        return [
            *fields,
            ("response_format", "verbose_json"),
            ("timestamp_granularities[]", "word"),
            ("timestamp_granularities[]", "segment"),  # they carry the probabilities
        ]

    def _request(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        """One attempt. Raises _TryAgain with a reason that names no content."""
        connect = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
        timeout_s = self._settings.request_timeout_s
        connection = connect(self._url.hostname or "", self._url.port, timeout=timeout_s)
        headers = {"Content-Type": kind} if kind else {}
        if self._settings.api_key:
            headers["Authorization"] = f"Bearer {self._settings.api_key}"
        try:
            connection.request(method, self._url.path.rstrip("/") + path, body or None, headers)
            response = connection.getresponse()
            data = response.read(MAX_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise _TryAgain(type(error).__name__) from error
        except ValueError as error:  # its message may hold the key
            raise _TryAgain(type(error).__name__) from None
        finally:
            connection.close()
        if len(data) > MAX_ANSWER_BYTES:
            raise _TryAgain("an answer over 4 MiB")
        return response.status, data

    def _refused(self, status: int) -> None:
        if status in (401, 403):
            raise EngineUnavailable(
                f"the transcription server at {self._where} refused the key (status {status}): "
                "correct stt api_key"
            )


def _wav(pcm: Pcm) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(pcm_bytes(pcm))
    return file.getvalue()


def _multipart(fields: Sequence[tuple[str, str]], wav: bytes) -> tuple[str, bytes]:
    """Content type and body of a form with one file (RFC 7578)."""
    boundary = secrets.token_hex(16)
    body = bytearray()
    for name, value in fields:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        body += value.encode() + b"\r\n"
    body += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="segment.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    ).encode()
    body += wav + f"\r\n--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", bytes(body)


def _json_object(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _TryAgain("an answer that is not JSON") from error
    if not isinstance(answer, dict):
        raise _TryAgain("an answer that is not an object")
    return answer


def create(settings: SttSettings) -> SttEngine:
    """For `ENGINES`. Sends nothing yet."""
    return OpenAiCompatible(settings)
