from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.ports import Transcription, Word
from media_server.stt.hallucination_filter import LOOP, MOST_KEPT, filtered, judge
from media_server.stt.loops import is_repetitive
from tests.stt import corpus

SAID = (
    "I would first look at the logs, then at the metrics, and then I would talk to the team. "
    "In my last job we had a very similar problem with the database, and it was very, very slow."
)


def reject(text: str, *, speech_ms: int | None, audio_s: float) -> str:
    return judge(text, speech_ms=speech_ms, audio_s=audio_s).reason


@pytest.mark.parametrize("text", ["Thanks for watching!", " you", "Thank you.", "[Music]", "So."])
def test_known_inventions_on_silence(text: str) -> None:
    assert reject(text, speech_ms=0, audio_s=3.0) == "known invention on silence"


@pytest.mark.parametrize("text", ["Thank you.", "Bye!", "So", "Thanks for listening."])
def test_the_same_words_truly_said(text: str) -> None:
    assert reject(text, speech_ms=900, audio_s=2.0) == ""
    assert reject(text, speech_ms=None, audio_s=2.0) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Subtitles by the Amara.org community",
        "Subtitles by Steamteam Sister",
        "Transcription by CastingWords",
        "Subtitles downloaded from www.OpenSubtitles.org",
        "Untertitel der Amara.org-Community",
        "Untertitelung aufgrund der Amara.org-Community",
        "Untertitel im Auftrag des ZDF für funk, 2017",
        "Untertitelung des ZDF, 2020",
        "Untertitel von Stephanie Geiges",
        "Copyright WDR 2021",
        "Sous-titres réalisés para la communauté d'Amara.org",
        "Sous-titres fait par Sous-titres par Amara.org",
        "Sous-titrage Société Radio-Canada",
        "Sous-titrage ST' 501",
        "Sottotitoli e revisione a cura di QTSS.",
        "Subtítulos realizados por la comunidad de Amara.org",
        "Subtítulos por la comunidad de Amara.org",
        "Transcrição e Legendas pela comunidade de Amara.org",
        "Ondertitels ingediend door de Amara.org gemeenschap",
        "Zdjęcia i napisy stworzone przez społeczność Amara.org",
        "Субтитры сделал DimaTorzok",
        "Редактор субтитров Б.Синецкая Корректор Д.Егорова",
        "ご視聴ありがとうございました",
        "最後までご視聴いただきありがとうございました。",
        "字幕by索兰娅",
        "字幕由Amara.org社区提供",
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
    ],
)
def test_credits_are_nobodys_answer(text: str) -> None:
    assert reject(text, speech_ms=3000, audio_s=4.0) == "subtitle credit"
    assert reject(text, speech_ms=None, audio_s=4.0) == "subtitle credit"


@pytest.mark.parametrize(
    "text",
    [
        "I watch films with subtitles by preference.",
        "Subtitles by preference.",
        "subtitles by default, and dubbing only for children",
        "The transcription by CastingWords was wrong.",
        "Transcription by hand takes about six hours.",
        "We had it subtitled by a small agency in Leeds.",
        "The subtitles by Amara.org were always late.",
        "Subtitles from OpenSubtitles.",
        "I trained the model on OpenSubtitles and on Europarl.",
        "I was a volunteer for amara.org for three years.",
        "Die Untertitel der Filme habe ich selbst geschrieben.",
        "Untertitel von Filmen und Serien.",
        "Ich habe die Untertitel im Auftrag des Senders geprüft.",
        "Untertitel für das ZDF habe ich zwei Jahre lang gemacht.",
        "Les sous-titres réalisés par mon équipe étaient plus précis.",
        "J'ai fait du sous-titrage pour la télévision.",
        "Los subtítulos realizados por nuestro equipo eran mejores.",
        "I sottotitoli creati dalla mia squadra erano in tre lingue.",
        "As legendas pela comunidade surda foram revistas por mim.",
        "De ondertiteling door vrijwilligers duurde te lang.",
        "Я делал субтитры для документальных фильмов.",
        "Copyright, Canada.",
        "Les titres de la Société Radio-Canada.",
        "La transcription, au Canada.",
        "Subtitles, Canada.",
        "Le titrage au Canada.",
        "字幕由我负责",
        "请不吝赐教",
        "ご清聴ありがとうございました",
    ],
)
def test_who_talks_of_subtitles_is_heard(text: str) -> None:
    assert reject(text, speech_ms=3000, audio_s=4.0) == ""
    assert reject(text, speech_ms=None, audio_s=4.0) == ""


def test_what_only_opens_like_a_credit_needs_speech_behind_it() -> None:
    text = "subtitles by preference"
    assert reject(text, speech_ms=400, audio_s=1.0) == "subtitle credit", "too fast"
    assert reject(text, speech_ms=1000, audio_s=8.0) == "subtitle credit", "mostly silence"
    assert reject(text, speech_ms=1000, audio_s=1.8) == ""


@pytest.mark.parametrize(
    "text", ["Copyright, Canada.", "Les titres de la Société Radio-Canada.", "Subtitles, Canada."]
)
def test_what_anybody_may_name_is_a_credit_only_on_silence(text: str) -> None:
    assert reject(text, speech_ms=300, audio_s=1.0) == "subtitle credit", "too fast"
    assert reject(text, speech_ms=1500, audio_s=8.0) == "subtitle credit", "mostly silence"
    assert reject(text, speech_ms=1500, audio_s=2.0) == ""


@pytest.mark.parametrize("text", corpus.SAID)
def test_what_people_say_passes_whole(text: str) -> None:
    verdict = judge(text, speech_ms=14_000, audio_s=15.0)
    assert (verdict.reason, verdict.cuts) == ("", ())
    assert verdict.text.split() == text.split()


@pytest.mark.parametrize(("text", "kept"), corpus.LOOPS)
def test_a_loop_is_cut_and_the_rest_is_kept(text: str, kept: str) -> None:
    verdict = judge(text, speech_ms=9000, audio_s=10.0)
    assert (verdict.text, verdict.reason) == (kept, LOOP)
    assert verdict.rejected, "people may look at what was cut"
    again = judge(verdict.text, speech_ms=9000, audio_s=10.0)
    assert (again.text, again.reason) == (verdict.text, ""), "what is kept is no loop any more"


@pytest.mark.parametrize(("text", "reason", "speech_ms", "audio_s"), corpus.INVENTED)
def test_what_nobody_can_have_said_goes_and_is_kept_for_people(
    text: str, reason: str, speech_ms: int, audio_s: float
) -> None:
    verdict = judge(text, speech_ms=speech_ms, audio_s=audio_s)
    assert (verdict.text, verdict.reason) == ("", reason)
    assert verdict.rejected == text.strip()


def test_the_corpus_is_large_enough() -> None:
    assert len(set(corpus.SAID)) >= 60
    assert len(corpus.LOOPS) + len(corpus.INVENTED) >= 30


def made(text: str, *words: str) -> Transcription:
    timed = tuple(Word(word, n * 0.5, n * 0.5 + 0.4, 0.9) for n, word in enumerate(words))
    return Transcription(text, timed, "engine", "model", "en", 0.8)


def test_word_times_follow_the_cut() -> None:
    text = "We went " + "home, " * 20 + "and slept."
    heard = filtered(made(text, *text.split()), speech_ms=9000, audio_s=12.0)
    assert heard.text == "We went home, and slept."
    assert [(word.text, word.start_s) for word in heard.words] == [
        ("We", 0.0), ("went", 0.5), ("home,", 1.0), ("and", 11.0), ("slept.", 11.5),
    ]  # fmt: skip
    assert (heard.rejected, heard.confidence) == (LOOP, 0.8)
    assert heard.rejected_text.split() == ["home,"] * 19


def test_words_without_the_texts_marks_follow_too() -> None:
    """As OpenAI's servers give them; and one word that is not in the text at all."""
    text = "Ich sagte: " + "Nein! " * 20 + "Straße, dann."
    bare = ["ich", "sagte", *["nein"] * 20, "uh", "straße", "dann"]
    heard = filtered(made(text, *bare), speech_ms=9000, audio_s=12.0)
    assert [word.text for word in heard.words] == ["ich", "sagte", "nein", "uh", "straße", "dann"]


def test_a_word_that_never_ends_is_shortened_with_its_time() -> None:
    heard = filtered(made("A" * 200 + " yes", "A" * 200, "yes"), speech_ms=9000, audio_s=12.0)
    assert [word.text for word in heard.words] == ["AAA", "yes"]


def test_without_a_text_there_are_no_words() -> None:
    heard = filtered(made("Thank you. " * 9, *["Thank", "you."] * 9), speech_ms=900, audio_s=2.0)
    assert (heard.text, heard.words, heard.confidence) == ("", (), None)
    assert heard.rejected == "known invention on silence"


def test_what_the_engine_took_out_before_stays_told() -> None:
    before = Transcription("no " * 20, (), "e", "m", "en", None, "no speech", "And so on.")
    heard = filtered(before, speech_ms=9000, audio_s=12.0)
    assert heard.rejected == f"no speech; {LOOP}"
    assert heard.rejected_text.startswith("And so on. no no")


def test_what_is_kept_for_people_is_bounded() -> None:
    verdict = judge("abc " * 100_000, speech_ms=9000, audio_s=12.0)
    assert len(verdict.rejected) == MOST_KEPT


@pytest.mark.parametrize("text", corpus.SAID)
def test_scripts_are_alike_to_the_ratio(text: str) -> None:
    """By UTF-8 bytes Georgian and Burmese would look like loops, and be decoded again."""
    said_much_alike = text.startswith(
        ("select star", "server one", "If a is", "111111", "x equals")
    )
    assert is_repetitive(text) <= said_much_alike


@pytest.mark.parametrize(
    "text",
    [
        "I went to the shop and I bought it. " * 6,
        "შემდეგ მაღაზიაში წავედი და ვიყიდე. " * 6,
        "是的。" * 60,
    ],
)
def test_the_ratio_finds_a_loop_in_any_script(text: str) -> None:
    assert is_repetitive(text)


@pytest.mark.parametrize(
    "text", [SAID, "", "Yes, yes, yes.", "No no no no, I mean it.", "Ha ha ha ha ha", "bla bla bla"]
)
def test_speech_passes(text: str) -> None:
    assert reject(text, speech_ms=9000, audio_s=12.0) == ""


@given(st.text(max_size=300), st.integers(0, 20_000) | st.none(), st.floats(0, 60))
def test_any_text_has_a_verdict(text: str, speech_ms: int | None, audio_s: float) -> None:
    verdict = judge(text, speech_ms=speech_ms, audio_s=audio_s)
    assert bool(verdict.reason) == bool(verdict.cuts)
    assert verdict.reason or verdict.text.split() or not text.split()


@given(st.lists(st.sampled_from(["a", "no", "is", "0", "是", "!"]), max_size=80), st.floats(0, 60))
def test_only_what_repeats_is_cut(words: list[str], audio_s: float) -> None:
    text = " ".join(words)
    verdict = judge(text, speech_ms=None, audio_s=audio_s)
    kept = filtered(made(text, *words), speech_ms=None, audio_s=audio_s)
    if verdict.reason == LOOP:
        assert set(verdict.text.split()) <= set(words)
        assert {"no", "a", "is"} & set(words) <= set(verdict.text.split())
        assert "".join(word.text for word in kept.words) == verdict.text.replace(" ", "")


@given(st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=1, max_size=40, unique=True))
def test_words_that_differ_are_no_loop(words: list[str]) -> None:
    assert reject(" ".join(words), speech_ms=30_000, audio_s=30.0) != LOOP
