"""A dialect of one file that shares nothing with `interview.v1`: a word and its rest, line by line.

Implements `ports.dialect.Dialect`. It has no numbers for events, no progress and no levels: what a
dialect has no word for is left out.
"""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.view import View
from media_server.ports import dialect as said


class ToyLines:
    label = "toy.lines"

    def encode(self, what: said.ToCandidate) -> list[str]:
        match what:
            case said.Welcome():
                return [f"WELCOME {what.questions_total}", *(f"NOTE {n}" for n in what.notices)]
            case said.Durable(event=ev.RoundAdvanced() as event):
                return [f"ASK {what.state.spec.questions[event.round].text}"]
            case said.Durable(event=ev.SegmentTranscribed() as event):
                return [f"HEARD {event.text}"]
            case said.Interim():
                return [f"SO-FAR {what.text}"]
            case said.Momentary(event=ev.UtteranceStarted() as event):
                return [f"BOT {event.text}"]
            case View():
                return [f"NOW {what.activity}"]
            case said.ErrorNotice():
                return [f"ERROR {what.code}"]
            case said.Pong():
                return [f"PONG {what.t_ms:g}"]
        return []

    def decode(self, data: str | bytes) -> said.FromCandidate | None:
        if isinstance(data, bytes) or not data.strip():
            raise said.BadMessage("a line of text is expected")
        word, _, rest = data.partition(" ")
        match word:
            case "START":
                return inp.StartPressed()
            case "SKIP":
                return inp.SkipPressed()
            case "TYPED":
                return inp.AnswerTyped(rest)
            case "PING":
                try:
                    return said.Ping(float(rest))
                except ValueError:
                    raise said.BadMessage("PING needs a number") from None
        return None
