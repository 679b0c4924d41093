"""How the candidate of `simulate` gets into a call, and into the next one when it is lost."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from media_server.tools.headless import HeadlessCandidate, HeadlessError
from media_server.tools.returning import (
    BACK_S,
    CallLost,
    first_wait_s,
    meaning_of,
    next_wait_s,
)  # fmt: skip

BUSY_TRIES = 3
BUSY_WAIT_S = 5.0
ATTEMPT_S = 25.0
"""One way back: two requests of 10 s each, or a call that gives up by itself, and some."""


class SimulationFailed(Exception):
    """The interview could not be held; the text is a sentence for a person."""


class Unanswered(SimulationFailed):
    """A request was refused: `status`, `code` and `asked_s` (Retry-After) as the server said."""

    def __init__(self, text: str, status: int, code: str, asked_s: float | None) -> None:
        super().__init__(text)
        self.status, self.code, self.asked_s = status, code, asked_s


@dataclass
class Line:
    """`join` and `call` once, then `back` after each loss."""

    url: str
    join_link: str | None
    make: Callable[[], HeadlessCandidate]
    """For each attempt a candidate of its own."""
    say: Callable[[str], None]
    """A note for whoever looks on."""
    base: str = ""
    interview_id: str = ""
    resume: str = ""
    """Of the last welcome; empty: the link opens the next call."""
    _link: str = ""
    _token: str = ""

    # --- the first call ---

    async def join(self, session: aiohttp.ClientSession) -> dict[str, Any]:
        """What the page receives, once consent is given. Raises SimulationFailed."""
        self._link = await self._find_link(session)
        joined = await post(session, f"{self.base}/v1/join", {"link": self._link})
        page: dict[str, Any] = joined["page"]
        self._token = joined["token"]
        self.interview_id = joined["interview"]
        self.say(f"“{page['title']}”, {page['questions_total']} questions")
        consent = page["consent"]
        if consent["required"] and not consent["given"]:
            await post(session, f"{self.base}/v1/consent",
                       {"version": consent["version"], "accepted": True}, self._token)  # fmt: skip
            self.say(f"consent to version {consent['version']} given")
        return page

    async def call(self, session: aiohttp.ClientSession) -> HeadlessCandidate:
        """A full server is asked again; every other refusal is shown. Raises SimulationFailed."""
        began_s = time.monotonic()
        for attempt in range(1, BUSY_TRIES + 1):
            try:
                candidate = await self._connect(session)
                self.say(f"connected in {(time.monotonic() - began_s) * 1000:.0f} ms")
                return candidate
            except Unanswered as error:
                if error.status != 503 or attempt == BUSY_TRIES:
                    raise
                self.say(f"the server takes no newcomers now, trying again in {BUSY_WAIT_S:g} s")
                await asyncio.sleep(BUSY_WAIT_S)
        raise SimulationFailed("the server stayed full")

    async def _find_link(self, session: aiohttp.ClientSession) -> str:
        url = self.join_link
        if url is None:
            self.base = self.url.rstrip("/")
            url = (await post(session, f"{self.base}/v1/demo", {}))["join_url"]
        path = urlsplit(url)
        if "/j/" not in path.path:
            raise SimulationFailed(f"{url} is no join link: it should contain /j/")
        prefix, _, link = path.path.rpartition("/j/")
        if path.scheme and self.join_link is not None:
            self.base = f"{path.scheme}://{path.netloc}{prefix}"
        self.base = self.base or self.url.rstrip("/")
        return link

    async def _connect(self, session: aiohttp.ClientSession) -> HeadlessCandidate:
        """Raises Unanswered; with status 0 where no connection came about."""
        candidate = self.make()
        try:
            url = f"{self.base}/whip/{self.interview_id}"
            await candidate.connect(url, self._token, session)
        except HeadlessError as error:
            text, code = _told(error)
            raise Unanswered(f"no call: {text}", error.status, code, error.asked_s) from error
        return candidate

    # --- the next one ---

    async def back(self, session: aiohttp.ClientSession, lost: CallLost) -> HeadlessCandidate:
        """Again and again, as the page does it, for `BACK_S`. Raises SimulationFailed."""
        lost_s = time.monotonic()
        self.say(f"{lost}: connecting again")
        wait_s = first_wait_s(lost.reason, _chance())
        attempts, why = 0, ""
        while time.monotonic() + wait_s - lost_s < BACK_S:
            await asyncio.sleep(wait_s)
            attempts += 1
            asked_s = None
            try:
                async with asyncio.timeout(ATTEMPT_S):
                    self._token = await self._ticket(session)
                    candidate = await self._connect(session)
            except Unanswered as error:
                if meaning_of(error.status, error.code) == "final":
                    raise
                why, asked_s = str(error), error.asked_s
            except (aiohttp.ClientError, TimeoutError) as error:
                why = str(error) or "no answer in time"
            else:
                tries = "" if attempts == 1 else f", by attempt {attempts}"
                self.say(f"back after {time.monotonic() - lost_s:.1f} s{tries}")
                return candidate
            wait_s = next_wait_s(attempts, asked_s, _chance())
            self.say(f"attempt {attempts}: {why}; the next one in {wait_s:.1f} s")
        raise SimulationFailed(f"not back within {BACK_S:g} s of a lost call: {why}")

    async def _ticket(self, session: aiohttp.ClientSession) -> str:
        """A token for a call: by the resume token of the last connection, else by the link."""
        url = f"{self.base}/v1/join"
        if self.resume:
            try:
                return str((await post(session, url, {"resume": self.resume}))["token"])
            except Unanswered as error:
                if error.code == "superseded" or error.status not in (401, 404):
                    raise
                self.resume = ""
        return str((await post(session, url, {"link": self._link}))["token"])


async def post(
    session: aiohttp.ClientSession, url: str, body: dict[str, Any], token: str = ""
) -> Any:
    """Its answer, None without one. Raises Unanswered, aiohttp.ClientError, TimeoutError."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with session.post(url, json=body, headers=headers) as response:
        if response.status >= 400:
            raise await refusal_of(response)
        return await response.json() if response.status != 204 else None


async def refusal_of(response: aiohttp.ClientResponse) -> Unanswered:
    """RFC 9457 problem details as one sentence."""
    detail, code = response.reason or "", ""
    try:
        problem = await response.json(content_type=None)
        detail = problem.get("detail") or problem.get("title") or ""
        code = str(problem.get("code") or "")
    except (ValueError, AttributeError, aiohttp.ClientError):
        pass  # a proxy's page
    text = f"{response.method} {response.url.path}: {response.status} {detail}"
    return Unanswered(text, response.status, code, asked_for_s(response))


def asked_for_s(response: aiohttp.ClientResponse) -> float | None:
    """Of Retry-After in seconds, which is what this server sends."""
    asked = response.headers.get("Retry-After", "").strip()
    return float(asked) if asked.isdecimal() else None


def _chance() -> float:
    return secrets.SystemRandom().random()


def _told(error: HeadlessError) -> tuple[str, str]:
    """(one sentence, the code) of the problem details that a WHIP refusal carries."""
    try:
        problem = json.loads(error.detail)
        return f"{error.status} {problem['detail']}", str(problem.get("code") or "")
    except (ValueError, KeyError, TypeError):
        return f"{error.status or ''} {error.detail}".strip(), ""
