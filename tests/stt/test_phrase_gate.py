from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.stt.phrase_gate import reject

SAID = (
    "I would first look at the logs, then at the metrics, and then I would talk to the team. "
    "In my last job we had a very similar problem with the database, and it was very, very slow."
)


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


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no " * 12, "repetition loop of 1 words"),
        ("I think so I think so I think so I think so", "repetition loop of 3 words"),
        ("and then we went to the shop, " * 5, "repetition loop of 7 words"),
        ("ハハハハハハハハハハハハ", "repetition loop of characters"),
        ("one two three four five six seven eight", "more words than fit the audio"),
    ],
)
def test_loops(text: str, reason: str) -> None:
    audio_s = 0.3 if "fit" in reason else 12.0
    assert reject(text, speech_ms=9000, audio_s=audio_s) == reason


@pytest.mark.parametrize(
    "text", [SAID, "", "Yes, yes, yes.", "No no no no, I mean it.", "Ha ha ha ha ha", "bla bla bla"]
)
def test_speech_passes(text: str) -> None:
    assert reject(text, speech_ms=9000, audio_s=12.0) == ""


@given(st.text(max_size=300), st.integers(0, 20_000) | st.none(), st.floats(0, 60))
def test_any_text_has_an_answer(text: str, speech_ms: int | None, audio_s: float) -> None:
    assert isinstance(reject(text, speech_ms=speech_ms, audio_s=audio_s), str)


@given(st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=1, max_size=40, unique=True))
def test_words_that_differ_are_no_loop(words: list[str]) -> None:
    assert "loop" not in reject(" ".join(words), speech_ms=30_000, audio_s=30.0) or any(
        len(set(word)) <= 2 for word in words
    )
