"""What passes of an answer, and what ends it: bounds, loops, refusals, languages, JSON."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.interview.phrases import TABLES, fallback_greeting
from media_server.llm import language, refusals, repetition
from media_server.llm.engine import Ending, EngineFault
from media_server.llm.reading import Reader, most_chars
from tests.llm.world import asking

REFUSALS = """
I'm sorry, but I can't help with that request.
I’m sorry, I cannot assist with that.
Sorry, but I can't provide a follow-up question for this.
I am unable to answer that.
Unfortunately, I cannot comply with this request.
As an AI language model, I can't evaluate people.
I won't continue this conversation.
Es tut mir leid, aber ich kann dabei nicht helfen.
Tut mir leid, das kann ich leider nicht beantworten.
Leider kann ich Ihnen dabei nicht weiterhelfen.
Ich kann diese Anfrage nicht beantworten.
Als KI kann ich dazu leider nichts sagen, das geht nicht.
Lo siento, pero no puedo ayudar con eso.
No puedo responder a esa pregunta.
Como modelo de lenguaje, no puedo evaluar a personas.
Je suis désolé, mais je ne peux pas vous aider.
Désolée, je ne peux pas répondre à cette demande.
Malheureusement, je ne peux pas vous aider.
En tant qu'IA, je ne peux pas juger des personnes.
عذراً، لا أستطيع المساعدة في ذلك.
آسف، لا يمكنني الإجابة على هذا.
لا يمكنني تقديم هذه المعلومات.
""".strip().splitlines()

NO_REFUSALS = """
You said that you can't scale the queue. What did you do then?
I can see that the queue was full. What did you change first?
I can't help but ask: what did you change first?
I'm curious what you changed first.
As a team lead, what did you change first?
Sorry to hear that the migration failed. What did you learn?
Ich kann mir vorstellen, dass das nicht einfach war. Was haben Sie zuerst geändert?
Leider war die Warteschlange voll, sagten Sie. Was haben Sie getan?
Como dijo usted, la cola estaba llena. ¿Qué cambió primero?
Je ne comprends pas encore bien la cause : qu'avez-vous changé en premier ?
En tant que responsable, qu'avez-vous changé en premier ?
لا بأس، ماذا غيرت أولاً؟
""".strip().splitlines()

MIXED = (
    "Sie sagten: “the queue was full and we had to do it again”. Was war die Ursache dafür, "
    "und wie haben Sie es gemerkt?"
)
SENTENCES = {
    "en": "You said that the queue was full on that morning. What did you change first, and why?",
    "de": "Sie haben gesagt, dass die Warteschlange an dem Morgen voll war. Was haben Sie getan?",
    "es": "Usted ha dicho que la cola estaba llena esa mañana. ¿Qué es lo que cambió primero y "
    "por qué lo hizo?",
    "fr": "Vous avez dit que la file était pleine ce matin. Qu'est-ce que vous avez changé en "
    "premier, et pour quelles raisons ?",
    "ar": "قلت إن قائمة الانتظار كانت ممتلئة في ذلك الصباح. ماذا غيرت أولاً ولماذا؟",
}


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_noticed_and_never_passed_on(text: str) -> None:
    assert refusals.is_refusal(text)
    reader, passed = Reader(asking(locale=""), is_json=False), ""
    with pytest.raises(EngineFault) as refused:  # noqa: PT012  # where it is raised does not matter
        for char in text:
            passed += reader.take(char)
        passed += reader.finish("stop")
    assert refused.value.failure == "refused"
    assert passed == ""


@pytest.mark.parametrize("text", NO_REFUSALS)
def test_what_only_sounds_like_one_passes_whole(text: str) -> None:
    assert not refusals.is_refusal(text)
    reader = Reader(asking(locale=""), is_json=False)
    assert "".join(map(reader.take, text)) + reader.finish("stop") == text


def test_an_ordinary_sentence_is_passed_on_at_once() -> None:
    reader = Reader(asking(), is_json=False)
    assert [reader.take(piece) for piece in ("What", " did", " you")] == ["What", " did", " you"]


@pytest.mark.parametrize("wanted", SENTENCES)
@pytest.mark.parametrize("spoken", SENTENCES)
def test_a_language_is_told_from_the_others(wanted: str, spoken: str) -> None:
    assert language.is_wrong(SENTENCES[spoken], f"{wanted}-XX") == (wanted != spoken)


@pytest.mark.parametrize("spoken", sorted(TABLES))
def test_our_own_words_are_in_their_language(spoken: str) -> None:
    assert not language.is_wrong(fallback_greeting(3, 6, spoken), spoken)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("OK.", "de"),
        ("Kubernetes, Docker, Terraform, Postgres, Redis, Kafka, Grafana, Prometheus, Helm", "de"),
        (MIXED, "de"),
        (SENTENCES["de"], ""),
        (SENTENCES["de"], "pt-BR"),
    ],
)
def test_where_it_is_not_sure_nothing_is_said(text: str, locale: str) -> None:
    assert not language.is_wrong(text, locale)


@pytest.mark.parametrize("unit", ["a", " ", "\n", "no, ", "and then we did it again ", "x" * 150])
def test_a_loop_is_noticed_soon(unit: str) -> None:
    text = "You said that it was full. " + unit * 400
    first = next(n for n in range(len(text)) if repetition.loops(text[:n]))
    assert first <= 27 + max(80, 4 * len(unit)) + len(unit)


@pytest.mark.parametrize(
    "text",
    [
        *SENTENCES.values(),
        "No, no, no, no. What did you do then?",
        json.dumps([{"id": n, "text": f"answer {n * n}"} for n in range(50)]),
    ],
)
def test_ordinary_texts_are_no_loops(text: str) -> None:
    assert not any(repetition.loops(text[:n]) for n in range(len(text) + 1))


def test_equal_parts_of_json_are_no_loop_but_white_space_without_end_is() -> None:
    assert not repetition.loops('{"scores": [' + '{"score": 3}, ' * 6, json=True)
    assert repetition.loops('{"scores": [' + "\n" * 240, json=True)


def test_looking_for_loops_costs_next_to_nothing() -> None:
    text = " ".join(f"word{n * n % 9973}" for n in range(2_000))
    began_s = time.thread_time()
    for _ in range(100):
        repetition.loops(text)
    assert (time.thread_time() - began_s) / 100 < 0.005, "the event loop is not held"


def _value(text: str, ending: Ending = "stop", **changes: Any) -> Any:
    reader = Reader(asking(**changes), is_json=True)
    reader.take(text)
    reader.finish(ending)
    return reader.value(ending)


def read(text: str, *, is_json: bool) -> tuple[str, Reader]:
    reader = Reader(asking(max_tokens=400), is_json=is_json)
    passed = "".join(reader.take(text[at : at + 9]) for at in range(0, len(text), 9))
    return passed + reader.finish("stop"), reader


def test_thoughts_without_their_first_mark() -> None:
    """Where the model's template holds it, only the last mark comes."""
    thoughts = "Okay, they want a score. It was measured, so perhaps {3}.\n</think>\n\n"
    _, reader = read(thoughts + '{"score": 3}', is_json=True)
    assert reader.value("stop") == {"score": 3}
    with pytest.raises(EngineFault, match="thoughts in the answer"):
        read(thoughts + "What did you change first?", is_json=False)


def test_json_that_quotes_the_mark_of_thoughts_is_whole() -> None:
    said = '{"quote": "I said </think> {} and {\\"score\\": 5}"}'
    _, reader = read(said, is_json=True)
    assert reader.value("stop") == json.loads(said)


def test_json_in_markdown_is_taken_out() -> None:
    assert _value('```json\n{"score": 3}\n```') == {"score": 3}
    assert _value('<think>Hm {"a": 1}</think>\n{"score": 3}') == {"score": 3}


@pytest.mark.parametrize(
    ("text", "ending", "failure"),
    [
        ('{"score": 3, "why": "it was', "length", "cut_off"),
        ('{"score": 3, "why": "it was', "stop", "wrong_schema"),
        ("[1]", "stop", "wrong_schema"),
        ('{"score": NaN}', "stop", "wrong_schema"),
        ("[" * 230, "stop", "wrong_schema"),
        ("I'm sorry, but I can't help with that.", "stop", "refused"),
        ("  \n ", "stop", "empty"),
        ("<think>never ends", "length", "empty"),
        (json.dumps({"why": SENTENCES["de"]}), "stop", "wrong_language"),
    ],
)
def test_what_is_no_json_of_use(text: str, ending: Ending, failure: str) -> None:
    with pytest.raises(EngineFault) as wrong:
        _value(text, ending)
    assert wrong.value.failure == failure
    assert not wrong.value.ill


@given(st.text(max_size=3_000), st.integers(1, 40), st.booleans())
def test_any_text_in_any_pieces_passes_whole_or_becomes_a_value(
    text: str, size: int, is_json: bool
) -> None:
    request = asking(max_tokens=100)
    reader, passed, failed = Reader(request, is_json=is_json), "", None
    try:
        for at in range(0, len(text), size):
            passed += reader.take(text[at : at + size])
        passed += reader.finish("stop")
        assert not is_json or isinstance(reader.value("stop"), dict)
    except EngineFault as fault:
        failed = fault
    assert len(passed) <= most_chars(request)
    if failed is None:
        assert is_json or passed == reader.text
    else:
        assert not failed.ill
