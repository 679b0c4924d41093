"""Before the first question: the link, the consent, Start, and the greeting."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing
from media_server.interview.disclosure import greeting_parts, with_disclosure
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.notes import note
from media_server.interview.machine.rounds import request_next
from media_server.interview.machine.utterances import break_off, heard_so_far_s, request
from media_server.interview.phrases import fallback_greeting
from media_server.interview.status import Status


def link_opened(draft: Draft, _input: inp.LinkOpened) -> None:
    """Anybody may open a link: the greeting is made once somebody has agreed, or is connected."""
    draft.emit(ev.Joined())
    consent = draft.state.spec.consent
    if not consent.required:
        draft.emit(ev.Consented(version=consent.version, by="integrator"))


def consent_given(draft: Draft, input_: inp.ConsentGiven) -> None:
    draft.emit(ev.Consented(version=input_.version))
    prepare_greeting(draft)


def consent_declined(draft: Draft, _input: inp.ConsentDeclined) -> None:
    draft.emit(ev.Ended(status=Status.DECLINED, reason="consent was declined"))


def prepare_greeting(draft: Draft) -> None:
    if not draft.state.greeting_text and draft.state.greeting_attempts == 0:
        draft.emit(ev.GreetingAsked(attempt=1))


def greeting_ready(draft: Draft, input_: inp.GreetingReady) -> None:
    if draft.state.greeting_text:
        return
    attempt = max(1, draft.state.greeting_attempts)
    why = "first attempt" if attempt == 1 else f"after {attempt - 1} retries"
    _greet_with(draft, input_.text, input_.source, why)


def greeting_failed(draft: Draft, input_: inp.GreetingFailed) -> None:
    """Two retries within the time that a greeting may take, then the fallback text."""
    state = draft.state
    if state.greeting_text:
        return
    attempt = max(1, state.greeting_attempts)
    draft.emit(ev.GreetingAttemptFailed(attempt=attempt, reason=input_.reason))
    asked_s = state.greeting_asked_s if state.greeting_asked_s is not None else draft.now_s
    if attempt <= pacing.GREETING_RETRIES and draft.now_s - asked_s < pacing.GREETING_TOTAL_S:
        draft.emit(ev.GreetingAsked(attempt=attempt + 1))
    else:
        fall_back(draft, f"fallback after {attempt - 1} retries: {input_.reason}")


def fall_back(draft: Draft, reason: str) -> None:
    """The integrator's greeting where there is one, else one that needs no language model."""
    spec = draft.state.spec
    if spec.greeting is not None:
        _greet_with(draft, spec.greeting, "spec", reason)
    else:
        text = fallback_greeting(
            len(spec.questions), pacing.estimated_minutes(spec), spec.candidate.locale
        )
        _greet_with(draft, text, "fallback", reason)


def _greet_with(draft: Draft, text: str, source: str, reason: str) -> None:
    text = with_disclosure(text, draft.state.spec.candidate.locale)
    draft.emit(ev.GreetingPrepared(text=text, source=source, reason=reason))
    if draft.state.status is Status.GREETING and draft.state.utterance is None:
        request_greeting(draft)


def request_greeting(draft: Draft) -> None:
    """From its beginning; one prepared before there was a disclosure has it said first."""
    state = draft.state
    first, *_ = greeting_parts(state.greeting_text, state.spec.candidate.locale)
    request(draft, "greeting", first)


def request_rest_of_greeting(draft: Draft) -> bool:
    """After a disclosure in a language of its own was heard to its end. False: no more of it."""
    state = draft.state
    _, *rest = greeting_parts(state.greeting_text, state.spec.candidate.locale)
    if state.greeting_heard or state.time_up or not rest:
        return False
    request(draft, "greeting", *rest)
    return True


def greeting_skipped(draft: Draft, input_: inp.SkipPressed) -> None:
    """Straight to the first question, once: whatever is still on its way for the greeting, its
    words and its voice, comes too late from now on."""
    state = draft.state
    if state.greeting_heard or input_.prompt_id:
        return  # the question was asked for already
    break_off(draft, heard_so_far_s(draft), "interrupted", "skipped by a click")
    note(draft, "click", "skip", "greeting_skipped")
    request_next(draft)


def start_pressed(draft: Draft, _input: inp.StartPressed) -> None:
    if draft.state.connected:
        begin(draft, "start pressed")


def begin(draft: Draft, reason: str) -> None:
    draft.emit(ev.Started(reason=reason))
    prepare_greeting(draft)
    if draft.state.greeting_text:
        request_greeting(draft)
