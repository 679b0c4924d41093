"""How good what was heard is, and whether it may be the sole evidence for a decision. Pure.

Every reason is a measured value beyond a limit, and names both.
"""

from __future__ import annotations

from collections.abc import Iterator

from media_server.interview import report as rep
from media_server.interview.events import SpokenWord
from media_server.interview.result import AnswerResult, Result, TurnResult
from media_server.interview.state import State

MAX_LOSS = 0.05
"""Of the packets: concealment is heard as such from about here on."""
MAX_LOST_SHARE = 0.03
"""Of the time in which answers were spoken."""
LEAST_LEVEL_DBFS = -45.0
"""Below it the microphone was too far away."""
MAX_UNCERTAIN_SHARE = 0.25
NOTED_UNCERTAIN_SHARE = 0.1
FEW_WORDS = 20
"""Of so few a share says nothing."""


def is_uncertain(word: SpokenWord) -> bool:
    return word.c is not None and word.c < rep.LOW_CONFIDENCE


def counted(answer: AnswerResult) -> Iterator[TurnResult]:
    """Turns that are part of the answer."""
    return (turn for turn in answer.turns if not turn.request and not turn.set_aside)


def quality(state: State, result: Result, *, late_words: int, damaged: int) -> rep.Quality:
    """`damaged`: recordings that cannot be read to their end."""
    turns = [turn for answer in result.answers for turn in counted(answer)]
    voiced = [turn for turn in turns if turn.mode == "voice" and (turn.words or turn.text)]
    words = [word for turn in voiced for word in turn.words]
    untranscribed_s = sum(
        segment.end_s - segment.start_s
        for turn in state.turns
        if turn.counts
        for segment in turn.segments
        if segment.untranscribed
    )
    found = rep.Quality(
        usable=True,
        reasons=(),
        loss=result.media.loss,
        lost_ms=sum(turn.lost_ms for turn in turns),
        concealed_ms=sum(turn.concealed_ms for turn in turns),
        level_dbfs=_level(voiced),
        late_words=late_words,
        untranscribed_s=round(untranscribed_s, 2),
        words=sum(len(turn.text.split()) for turn in voiced),
        low_confidence_words=sum(map(is_uncertain, words)),
    )
    reasons = (
        *_heard(found, voiced),
        *_written_down(found, len(words), turns, result),
        *_kept(found, result, damaged),
    )
    usable = not any(reason.limits_use for reason in reasons)
    return found.model_copy(update={"reasons": reasons, "usable": usable})


def _level(turns: list[TurnResult]) -> float | None:
    """Of the quietest third: one loud answer does not make the others clear."""
    levels = sorted(turn.level_dbfs for turn in turns if turn.level_dbfs is not None)
    return levels[len(levels) // 3] if levels else None


def _heard(found: rep.Quality, turns: list[TurnResult]) -> Iterator[rep.QualityReason]:
    spoken_ms = sum(1000 * _length_s(turn) for turn in turns)
    if found.loss > MAX_LOSS:
        text = f"{found.loss:.1%} of the candidate's packets never came (limit {MAX_LOSS:.0%})."
        yield _reason("loss", text, found.loss)
    share = found.lost_ms / (spoken_ms + found.lost_ms) if found.lost_ms else 0.0
    if share > MAX_LOST_SHARE:
        text = (
            f"{found.lost_ms / 1000:.1f} s within answers never arrived, {share:.0%} of them "
            f"(limit {MAX_LOST_SHARE:.0%}): words may be missing."
        )
        yield _reason("lost_audio", text, float(found.lost_ms))
    elif found.lost_ms:
        text = f"{found.lost_ms / 1000:.1f} s within answers never arrived."
        yield _reason("lost_audio", text, float(found.lost_ms), limits=False)
    if found.level_dbfs is not None and found.level_dbfs < LEAST_LEVEL_DBFS:
        text = (
            f"The speech was very quiet: {found.level_dbfs:.0f} dBFS (limit "
            f"{LEAST_LEVEL_DBFS:.0f}). The microphone was too far away, or turned down."
        )
        yield _reason("quiet", text, found.level_dbfs)


def _written_down(
    found: rep.Quality, known: int, turns: list[TurnResult], result: Result
) -> Iterator[rep.QualityReason]:
    """`known`: words of which the recogniser says how certain it is."""
    if found.untranscribed_s:
        text = (
            f"{found.untranscribed_s:.1f} s of speech could not be written down: listen to them, "
            "their words are in no answer."
        )
        yield _reason("untranscribed", text, found.untranscribed_s)
    share = found.low_confidence_words / known if known >= FEW_WORDS else 0.0
    if share > NOTED_UNCERTAIN_SHARE:
        text = (
            f"The recogniser is uncertain of {share:.0%} of the words (limit "
            f"{MAX_UNCERTAIN_SHARE:.0%})."
        )
        yield _reason("low_confidence", text, round(share, 3), limits=share > MAX_UNCERTAIN_SHARE)
    rejected = sum(len(turn.rejected) for turn in turns)
    if rejected:
        text = f"At {rejected} places text was left out that nobody can have said: listen there."
        yield _reason("rejected_text", text, float(rejected), limits=False)
    if found.late_words:
        text = f"{found.late_words} words came when their answer had been closed; they are in it."
        yield _reason("late_words", text, float(found.late_words), limits=False)
    if result.notices:
        text = "The words were made by a stand-in for a recogniser, which gets many of them wrong."
        yield _reason("stand_in", text)


def _kept(found: rep.Quality, result: Result, damaged: int) -> Iterator[rep.QualityReason]:
    connections = result.media.connections
    if damaged:
        text = f"{damaged} recordings are damaged: not every word can be listened to."
        yield _reason("damaged_recording", text, float(damaged))
    missing = [c for c in connections if c.media_s > 0 and c.recording is None]
    if missing and found.words:
        text = "There is no recording: nobody can listen to what was written down."
        if len(missing) < len(connections):
            text = "A part of the interview has no recording: not every word can be listened to."
        yield _reason("not_recorded", text, float(len(missing)))
    unkept_ms = sum(c.unkept_ms for c in connections)
    if unkept_ms:
        text = f"{unkept_ms / 1000:.1f} s were heard and are missing in the recording."
        yield _reason("unkept_audio", text, float(unkept_ms), limits=False)


def _length_s(turn: TurnResult) -> float:
    if turn.start_s is None or turn.end_s is None:
        return 0.0
    return max(0.0, turn.end_s - turn.start_s)


def _reason(
    code: str, message: str, value: float | None = None, *, limits: bool = True
) -> rep.QualityReason:
    return rep.QualityReason.model_validate(
        {"code": code, "message": message, "value": value, "limits_use": limits}
    )
