"""How long a pause may be: the rules of the words, and what the machine makes of them.

Over 400 lines on purpose: one rule after another, each with the talk that shows it.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.effects import Hold, SetWait
from media_server.interview.patience import (
    FACTORS,
    LONGEST_MS,
    Patience,
    patience,
    remembered,
    why_unfinished,
)
from media_server.interview.spec import Accommodations
from media_server.interview.status import Status
from tests.interview.world import World, make_spec
from tests.support.segments import heard, ready

UNFINISHED = [
    ("en", "I worked there because", "trailing_word"),
    ("en", "I worked at the bank and then I left because.", "trailing_word"),
    ("en", "It was the", "trailing_word"),
    ("en", "We had a meeting with", "trailing_word"),
    ("en-GB", "And then, AND...", "trailing_word"),
    ("en", "and then we, um...", "filler"),
    ("en", "It was hard, you know,", "filler"),
    ("en", "Hmm.", "filler"),
    ("en", "When I started at the bank.", "open_clause"),
    ("en", "and if nobody answers the phone", "open_clause"),
    ("en", "I asked my manager...", "trailing_mark"),
    ("en", "I asked my manager,", "trailing_mark"),
    ("en", "I asked my manager \N{EM DASH}", "trailing_mark"),
    ("en", "I used several databases. For example.", "announced"),
    ("en", "There were three main reasons.", "announced"),
    ("en", "First, I look at the logs.", "rising_list"),
    ("en", "First I look at the logs. Second, I ask the team.", "rising_list"),
    ("en", "I know Python, Java, C sharp.", "rising_list"),
    ("de", "Ich habe dort gearbeitet und", "trailing_word"),
    ("de", "Das war, ähm,", "filler"),
    ("de", "Wenn der Kunde nicht zahlt.", "open_clause"),
    ("de", "Erstens schaue ich in die Protokolle.", "rising_list"),
    ("es", "Trabajé allí porque", "trailing_word"),
    ("es", "Este proyecto fue, eh...", "filler"),
    ("es", "Por ejemplo.", "announced"),
    ("fr", "J'ai travaillé avec des", "trailing_word"),
    ("fr", "Je suis parti parce que.", "trailing_word"),
    ("fr", "C'était, euh,", "filler"),
    ("fr", "D'abord, je regarde les journaux.", "rising_list"),
]
COMPLETE = [
    ("en", ""),
    ("en", "Yes."),
    ("en", "I like working with people."),
    ("en", "That is what I would do"),
    ("en", "That is the team I work with."),
    ("en", "When I started, I knew nothing."),
    ("en", "What do you mean when you say that?"),
    ("en", "First I look at the logs. Finally, I write a report."),
    ("en", "I know Python, Java, and C sharp."),
    ("en", "First I did this. Then it was reviewed. It went live. Everybody was happy with it."),
    ("de", "Das mag ich."),
    ("de", "Wenn der Kunde nicht zahlt, rufe ich an."),
    ("es", "Sí."),
    ("es", "Me gusta trabajar con gente."),
    ("fr", "Oui."),
    ("en", "Next."),
    ("en", "Next year I want to finish my degree."),
    ("de", "Da fällt mir gerade nichts ein."),
    ("es", "Otra vez, por favor."),
    ("fr", "Il n'y a pas de son."),
    ("fr", "J'aime travailler avec les gens."),
]


@pytest.mark.parametrize(("locale", "words", "reason"), UNFINISHED)
def test_words_that_ask_for_more(locale: str, words: str, reason: str) -> None:
    assert why_unfinished(words, locale) == reason


@pytest.mark.parametrize(("locale", "words"), COMPLETE)
def test_words_that_may_be_all(locale: str, words: str) -> None:
    assert why_unfinished(words, locale) is None


def test_the_languages_keep_apart_and_others_get_english() -> None:
    assert why_unfinished("mein Name ist Und", "en") is None
    assert why_unfinished("I came here and", "de") is None
    assert why_unfinished("I came here and", "nl") == "trailing_word"


def test_up_to_five_seconds_at_normal_pace() -> None:
    assert patience("I left because", locale="en", silence_ms=2000) == Patience(
        5000, "trailing_word"
    )
    assert patience("I left.", locale="en", silence_ms=2000) == Patience(2000, "complete")
    assert max(FACTORS.values()) * 2000 == 5000


def test_words_that_are_owed_say_nothing_of_this_pause() -> None:
    found = patience("I left because", locale="en", silence_ms=2000, owed=True)
    assert found == Patience(2500, "words_owed")


def test_who_makes_long_pauses_is_given_them() -> None:
    pauses_ms: tuple[int, ...] = ()
    for pause_ms in (600, 1900, 40_000, 0, 1800):  # who was held or lost was not between words
        pauses_ms = remembered(pauses_ms, pause_ms)
    assert pauses_ms == (600, 1900, 1800)
    found = patience("I left.", locale="en", silence_ms=2000, pauses_ms=pauses_ms)
    assert found == Patience(2250, "own_pauses")
    for _ in range(20):
        pauses_ms = remembered(pauses_ms, 5500)
    assert patience("", locale="en", silence_ms=2000, pauses_ms=pauses_ms).wait_ms == 3000
    assert patience("", locale="en", silence_ms=2000, pauses_ms=(5500,)).wait_ms == 2000


def test_a_model_of_ends_may_lengthen_only() -> None:
    def wait(words: str, goes_on: float) -> Patience:
        return patience(words, locale="en", silence_ms=2000, goes_on=goes_on)

    assert wait("I left.", 0.9) == Patience(4000, "end_model")
    assert wait("I left.", 0.1) == Patience(2000, "complete")
    assert wait("I left because", 0.0) == Patience(5000, "trailing_word")


@pytest.mark.parametrize(
    ("goes_on", "found"),
    [(0.9, Patience(4000, "end_model")), (0.1, Patience(2500, "words_owed"))],
)
def test_a_model_of_ends_counts_while_the_words_are_owed(goes_on: float, found: Patience) -> None:
    """A recogniser that is late would else let the turn end before the model is listened to."""
    owed = patience("I left", locale="en", silence_ms=2000, owed=True, goes_on=goes_on)
    assert owed == found


@given(
    st.text(max_size=400),
    st.sampled_from(["en", "de", "es", "fr", "pt-BR"]),
    st.integers(300, 20_000),
    st.booleans(),
    st.lists(st.integers(0, 60_000), max_size=8),
    st.one_of(st.none(), st.floats(0, 1)),
)
def test_never_less_than_the_pace_and_never_without_end(
    words: str,
    locale: str,
    silence_ms: int,
    owed: bool,
    pauses_ms: list[int],
    goes_on: float | None,
) -> None:
    found = patience(
        words, locale=locale, silence_ms=silence_ms, owed=owed, pauses_ms=pauses_ms, goes_on=goes_on
    )
    assert silence_ms <= found.wait_ms <= max(silence_ms, LONGEST_MS)
    assert found.wait_ms <= 2.5 * silence_ms


def test_a_very_long_answer_costs_no_more_than_its_end() -> None:
    assert why_unfinished("and so on, " * 20_000 + "because", "en") == "trailing_word"
    assert why_unfinished(" . . . ," * 20_000, "en") in (None, "trailing_mark")


# --- the machine --------------------------------------------------------------------------------


class Talk:
    """One open turn of a `World`, told in pauses."""

    def __init__(self, time_multiplier: float = 1.0) -> None:
        accommodations = Accommodations(time_multiplier=time_multiplier)
        self.world = World(make_spec(accommodations=accommodations))
        self.world.to_question(1)
        self.epoch = self.world.state.turn_epoch
        self.said = 0
        self.world.do(inp.SpeechStarted(self.epoch))

    def pause(self, text: str | None, *, spoken_ms: int = 4000) -> list[int]:
        """0.5 s of silence, and the words of the segment that it closes. None: they are owed.
        Answers the waits that were set."""
        world = self.world
        self.said += 1
        world.now_s += 3.0
        world.effects.clear()
        segment = f"1-{self.said}"
        world.do(ready(self.epoch, segment))
        world.do(inp.SpeechStopped(self.epoch, 500, spoken_ms))
        if text is not None:
            world.now_s += 0.4
            world.do(heard(segment, text))
        return self.waits()

    def waits(self) -> list[int]:
        return [e.wait_ms for e in self.world.effects if isinstance(e, SetWait)]

    def resume(self, pause_ms: int = 1500) -> None:
        self.world.do(inp.SpeechResumed(self.epoch, pause_ms))


def shown(world: World, event: ev.Event) -> tuple[int | None, int | None]:
    message = native.momentary(event, world.state)[-1]
    assert isinstance(message, v1.Turn)
    assert message.phase == "paused"
    return message.silence_ms, message.wait_ms


def test_words_in_mid_speech_use_nothing_up() -> None:
    talk = Talk()
    for _ in range(4):
        talk.world.effects.clear()
        talk.world.do(inp.InterimHeard(talk.epoch, "I worked at the"))
        assert talk.waits() == []
        assert talk.pause("I worked at the bank and then I left because") == [2500, 5000]
        talk.resume()


def test_each_pause_is_judged_by_its_newest_words() -> None:
    talk = Talk()
    assert talk.pause("I left because")[-1] == 5000
    talk.resume()
    assert talk.pause("it was too far from my home.")[-1] == 2000
    talk.resume()
    assert talk.pause("And I wanted to") == [2500, 5000]


def test_complete_words_take_the_patience_back() -> None:
    talk = Talk()
    assert talk.pause(None) == [2500]
    talk.world.do(heard("1-1", "I left because it was far."))
    assert talk.waits() == [2500, 2000]


def test_noise_after_the_words_changes_nothing_in_them() -> None:
    talk = Talk()
    assert talk.pause("I left because")[-1] == 5000
    talk.resume()
    assert talk.pause("")[-1] == 2500  # nothing came that could be judged
    talk.resume()
    assert talk.pause("it was far.")[-1] == 2000


def test_late_words_while_speech_goes_on_are_for_the_next_pause() -> None:
    talk = Talk()
    talk.pause(None)
    talk.resume()
    talk.world.effects.clear()
    talk.world.do(heard("1-1", "I left because"))
    assert talk.waits() == []


def test_a_model_lengthens_the_pause_that_it_was_asked_about_and_no_other() -> None:
    talk = Talk()
    talk.pause("I left.")
    pause = talk.world.state.listening.pause if talk.world.state.listening else None
    assert pause is not None
    of_this = inp.PauseJudged(talk.epoch, pause.spoken_ms, 0.9)
    talk.world.do(inp.PauseJudged(talk.epoch, pause.spoken_ms + 20, 0.9))
    talk.world.do(inp.PauseJudged(talk.epoch - 1, pause.spoken_ms, 0.9))
    assert talk.waits()[-1] == 2000
    talk.world.do(of_this)
    assert talk.waits()[-1] == 4000
    talk.resume()
    talk.world.effects.clear()
    talk.world.do(of_this)
    assert talk.waits() == [], "they speak again"
    assert talk.pause("It was far.")[-1] == 2000


def test_a_model_that_hears_an_end_changes_nothing() -> None:
    talk = Talk()
    assert talk.pause("I left because")[-1] == 5000
    talk.world.do(inp.PauseJudged(talk.epoch, 0, 0.0))
    assert talk.waits()[-1] == 5000


def test_the_own_pauses_of_a_talker_count_from_the_second_on() -> None:
    talk = Talk()
    for _ in range(2):
        assert talk.pause("I left.")[-1] == 2000
        talk.resume(1900)
    assert talk.pause("I left.")[-1] == 2375
    talk.resume(1900)
    talk.world.do(inp.TurnOver(talk.epoch, "silence", "", 1.0, 3.0, silence_ms=2400))
    assert talk.world.state.pauses_ms == (1900, 1900, 1900)


def test_a_change_of_pace_counts_for_the_pause_that_runs() -> None:
    talk = Talk()
    talk.pause("I left because")
    talk.world.effects.clear()
    talk.world.do(inp.PaceChosen("slower"))
    assert talk.waits() == [LONGEST_MS]


def test_why_the_turn_ended_late_stands_in_the_log() -> None:
    talk = Talk()
    talk.pause("I left because")
    over = inp.TurnOver(talk.epoch, "silence", "silence 5000 ms", 1.0, 3.0, silence_ms=5000)
    ended = next(e for e in talk.world.do(over) if isinstance(e, ev.TurnEnded))
    assert ended.detail == "silence 5000 ms, trailing_word"


# --- what the page is told ------------------------------------------------------------------------


def test_the_page_learns_how_long_the_pause_may_be() -> None:
    talk = Talk()
    start = len(talk.world.log)
    talk.pause("I left because")
    events = talk.world.log[start:]
    paused = next(e for e in events if isinstance(e, ev.SpeechPaused))
    assert shown(talk.world, paused) == (900, 5000)  # of the state after all of it
    extended = [e for e in events if isinstance(e, ev.SilenceExtended)]
    assert [e.reason for e in extended] == ["words_owed", "trailing_word"]


def test_a_first_word_is_waited_for_until_the_turn_is_long_enough() -> None:
    talk = Talk()
    talk.pause("Yes.", spoken_ms=300)
    assert shown(talk.world, ev.SpeechPaused()) == (900, 2700)


def test_the_accommodation_is_in_what_is_shown() -> None:
    talk = Talk(time_multiplier=1.5)
    talk.pause("I left because")
    assert shown(talk.world, ev.SpeechPaused())[1] == 7500


def test_time_to_think_is_shown_at_once() -> None:
    talk = Talk()
    held = [e for e in talk.world.log if isinstance(e, ev.Held)]
    assert held == []
    talk.pause("One moment.")
    held = [e for e in talk.world.log if isinstance(e, ev.Held)]
    assert len(held) == 1
    assert shown(talk.world, held[0]) == (900, 30_900)
    talk.world.effects.clear()
    talk.world.do(inp.PaceChosen("faster"))
    assert talk.waits() == []  # who asked for time has it
    talk.resume()
    assert talk.world.state.listening is not None
    assert talk.world.state.listening.pause is None


# --- an outage of the line ------------------------------------------------------------------------


def lost_and_back(talk: Talk, lost_ms: int = 6680) -> list[ev.Event]:
    """In a pause: the line is back, and 0.5 s of silence after it."""
    talk.world.now_s += lost_ms / 1000
    events = talk.world.do(inp.AudioLost(talk.epoch, lost_ms))
    talk.world.now_s += 0.5
    return events + talk.world.do(inp.SpeechStopped(talk.epoch, 500, 4000))


def holds(world: World) -> list[float]:
    return [effect.hold_s for effect in world.effects if isinstance(effect, Hold)]


def test_an_outage_in_an_open_turn_is_said_once() -> None:
    talk = Talk()
    talk.pause("I worked in a bank.")
    talk.world.effects.clear()
    events = lost_and_back(talk)
    assert [e.code for e in events if isinstance(e, ev.Noticed)] == ["lost_audio"]
    utterance = talk.world.state.utterance
    assert utterance is not None
    assert utterance.kind == "lost_you"
    assert talk.world.at(Status.LISTENING)
    assert shown(talk.world, ev.UtteranceRequested(
        utterance_id="", kind="lost_you", text="", prompt_id=""
    )) == (500, None)  # fmt: skip
    talk.world.do(inp.VoiceReady(utterance.utterance_id, 4.0))
    talk.world.now_s += 4.0
    ended = talk.world.do(inp.PlayoutEnded(utterance.utterance_id, 4.0, complete=True))
    assert holds(talk.world) == [8.0, 7.0, 2.0]  # no end before a full window after it
    assert shown(talk.world, ended[0]) == (0, 2000)
    talk.resume()
    assert lost_and_back(talk, 1500) != []
    assert talk.world.state.utterance is None


def seconds(events: list[ev.Event]) -> list[tuple[int | None, str]]:
    return [(e.seconds, e.text) for e in events if isinstance(e, ev.Noticed)]


def test_how_much_was_lost_is_told_in_seconds() -> None:
    talk = Talk()
    told = seconds(talk.world.do(inp.AudioLost(talk.epoch, 2_400)))
    assert told == [(2, "2 seconds of your answer did not reach us. Say them again?")]
    event = ev.Noticed(code="lost_audio", text=told[0][1], seconds=2)
    hint = native.momentary(event, talk.world.state)[0]
    assert isinstance(hint, v1.Hint)
    assert hint.seconds == 2


def test_small_losses_add_up_to_one_that_is_told() -> None:
    talk = Talk()
    told = [seconds(talk.world.do(inp.AudioLost(talk.epoch, 1_200))) for _ in range(4)]
    assert [[count for count, _ in hints] for hints in told] == [[], [2], [], [2]]
    assert sum(e.lost_ms for e in talk.world.log if isinstance(e, ev.AudioLost)) == 4_800


def test_who_speaks_on_is_not_talked_over() -> None:
    talk = Talk()
    events = talk.world.do(inp.AudioLost(talk.epoch, 5000))
    assert not any(isinstance(e, ev.UtteranceRequested) for e in events)
    talk.pause("and that was all.")
    assert talk.world.state.utterance is not None
    assert talk.world.state.utterance.kind == "lost_you"


def test_a_line_that_comes_and_goes_is_no_reason_to_nag() -> None:
    talk = Talk()
    talk.pause("I worked in a bank.")
    said = 0
    for _ in range(10):
        events = lost_and_back(talk, 2500)
        said += sum(isinstance(e, ev.UtteranceRequested) for e in events)
        if talk.world.state.utterance is not None:
            talk.world.speak()
        talk.world.now_s += 1.0
    assert 1 <= said <= 3


def test_nothing_is_lost_of_a_turn_that_is_over() -> None:
    talk = Talk()
    assert talk.world.do(inp.AudioLost(talk.epoch - 1, 5000)) == []


def test_after_a_reconnect_the_cut_off_part_is_asked_for() -> None:
    talk = Talk()
    talk.pause("I worked in a bank and")
    talk.world.do(inp.CallEnded(talk.world.state.connection_epoch, "gone", 9.0))
    assert talk.world.at(Status.DISCONNECTED)
    talk.world.now_s += 20
    talk.world.connect()
    assert talk.world.at(Status.LISTENING)
    utterance = talk.world.state.utterance
    assert utterance is not None
    assert utterance.kind == "lost_you"
    talk.world.speak()
    assert talk.world.at(Status.LISTENING)
    assert talk.world.state.turn_epoch == talk.epoch + 1


def test_who_had_said_nothing_is_asked_for_nothing() -> None:
    world = World()
    world.to_question(1)
    world.do(inp.CallEnded(world.state.connection_epoch, "gone", 9.0))
    world.connect()
    assert world.at(Status.LISTENING)
    assert world.state.utterance is None


def test_the_hint_of_an_outage_is_of_the_moment() -> None:
    """Only the event of the outage is kept, so that the result can tell of it."""
    talk = Talk()
    events = talk.world.do(inp.AudioLost(talk.epoch, 5000))
    kept = [e.type for e in events if ev.durability_of(e) is not ev.Durability.NEVER]
    assert kept == ["audio_lost"]
    assert all(a != b for a, b in pairwise(e.type for e in events))


def test_no_word_of_a_dead_microphone_in_a_pause_that_may_be_the_end() -> None:
    talk = Talk()
    talk.pause("I worked in a bank.")
    events = talk.world.do(inp.AudioStopped(7.0))
    assert [e.code for e in events if isinstance(e, ev.Noticed)] == ["audio_lost"]
    assert not any(isinstance(e, ev.UtteranceRequested) for e in events)
    talk.resume()
    events = talk.world.do(inp.AudioStopped(30.0))
    assert [e.kind for e in events if isinstance(e, ev.UtteranceRequested)] == ["audio_lost"]
