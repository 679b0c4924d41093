"""A world whose interviewer may ask back, and what tests say for its language model."""

from __future__ import annotations

from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.replacing import replace
from media_server.interview.replies_ahead import NextReply
from media_server.interview.rubric import Criterion, FollowUps
from media_server.interview.spec import InterviewSpec, Question
from tests.interview.world import World
from tests.support.segments import heard, ready

LONG = (
    "I was on call that week and the cache lost half of its keys, so I wrote a small script that "
    "filled it again from the log while the others looked after the customers."
)
"""More words than a request has: nobody waits for the last of them."""
SHORT = "I wrote a small script."
ASKS_BACK = NextReply(
    "follow_up",
    "What made you write that script?",
    quote="wrote a small script",
    criterion_id="depth",
    reason="depth is open",
)
NOTHING = NextReply("next")


def asking_spec(questions: int = 2, *, most: int = 1, **changes: object) -> InterviewSpec:
    """Every question may be asked back about, `most` times."""
    depth = (Criterion(id="depth", text="Says why it was done so."),)
    return InterviewSpec(
        questions=tuple(
            Question(
                id=f"q{n}",
                text=f"Question number {n}?",
                clarification=f"I mean {n}.",
                follow_ups=FollowUps(max=most),
                criteria=depth,
            )
            for n in range(1, questions + 1)
        ),
        **changes,
    )


class Asking(World):
    """With a language model, which says what the test says for it."""

    def __init__(self, spec: InterviewSpec | None = None, *, replies: bool = True) -> None:
        super().__init__(spec or asking_spec())
        self.state = replace(self.state, replies=replies)

    # --- what was asked of the model ---

    @property
    def asked(self) -> list[str]:
        return [e.reply_id for e in self.effects if isinstance(e, fx.PrepareReply)]

    @property
    def cancelled(self) -> list[str]:
        return [e.reply_id for e in self.effects if isinstance(e, fx.CancelReply)]

    def reply(self, reply: NextReply = ASKS_BACK) -> list[ev.Event]:
        """To what was asked last."""
        return self.do(inp.ReplyReady(self.asked[-1], reply))

    def of(self, *types: type[ev.Event]) -> list[ev.Event]:
        return [event for event in self.log if isinstance(event, types)]

    # --- the candidate ---

    def say(self, text: str, *, pause_ms: int = 500, owed: bool = False) -> None:
        """Speech, and a pause that is `pause_ms` long by now; its words are there, or `owed`."""
        epoch = self.state.turn_epoch
        number = sum(isinstance(event, ev.SegmentSubmitted) for event in self.log)
        listening = self.state.listening
        assert listening is not None
        started = inp.SpeechResumed if listening.spoke else inp.SpeechStarted
        self.do(started(epoch))
        self.now_s += 2.0
        self.segment = f"1-{number}"
        self.do(ready(epoch, self.segment, speech_ms=9_500 if len(text) > 100 else 1_500))
        self.do(inp.SpeechStopped(epoch, pause_ms, 2_000))
        if not owed:
            self.words(text)

    def words(self, text: str) -> None:
        self.do(heard(self.segment, text))

    def end_turn(self, silence_ms: int = 2000) -> list[ev.Event]:
        over = inp.TurnOver(
            self.state.turn_epoch, "silence", "silence", 1.0, 3.0, silence_ms=silence_ms
        )
        return self.do(over)

    def answers(self, text: str = SHORT) -> None:
        """Said, with a pause of two seconds behind it."""
        self.say(text)
        self.wait(1.5)
        self.end_turn()

    def is_asked_back(self, text: str = SHORT, reply: NextReply = ASKS_BACK) -> None:
        """As far as listening to the answer to a follow-up."""
        self.say(text)
        self.wait(1.5)
        self.reply(reply)
        self.end_turn()
        self.speak()
        assert self.state.prompt is not None
        assert self.state.prompt.kind == "follow_up"
        assert self.state.listening is not None


def asking(**changes: object) -> Asking:
    """In the answer to the first question."""
    world = Asking(asking_spec(**changes))  # type: ignore[arg-type]
    world.to_question(1)
    return world


def next_words(world: World) -> str:
    assert world.state.utterance is not None
    return world.state.utterance.text
