"""Which entry of a FAQ answers a question: on a corpus, at its edges, and in time."""

from __future__ import annotations

import random
import time
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.interview import faq
from media_server.interview.rubric import FaqEntry
from tests.interview.faq.corpus import HALVES, asked

SALARY = FaqEntry(q="What is the salary?", a="It is 42,000 euros a year.")
HOURS = FaqEntry(q="What are the working hours?", a="From 9 to 5, not on public holidays.")
HOME = FaqEntry(q="Can I work from home?", a="Two days a week.")
ENTRIES = (SALARY, HOURS, HOME)


@pytest.mark.parametrize("half", HALVES)
def test_no_answer_of_the_corpus_is_wrong(half: str) -> None:
    wrong = [
        (one.language, one.text, found.entry.q)
        for one in asked()
        if one.half == half
        and (found := faq.find(one.entries, one.text, one.language)) is not None
        and found.index != one.index
    ]
    assert wrong == []


def test_four_of_five_answers_are_found() -> None:
    with_answer = [one for one in asked() if one.index is not None]
    found = [one for one in with_answer if faq.find(one.entries, one.text, one.language)]
    assert len(with_answer) >= 60
    assert len(found) / len(with_answer) >= 0.8


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    every = list(asked())
    assert len(every) >= 100
    assert len({one.language for one in every}) >= 4
    assert sum(one.index is None for one in every) >= 50


def test_what_is_found_says_where_it_stands() -> None:
    found = faq.find(ENTRIES, "Could I also work from home?", "en-GB")
    assert found is not None
    assert (found.index, found.entry) == (2, HOME)
    assert 0.7 <= found.score <= 1.0


@pytest.mark.parametrize(
    "text",
    [
        "How much holiday do I get?",  # "holidays" stands in the answer about hours
        "When is the salary paid?",
        "Where is the salary paid?",
        "Why is the salary so low?",
        "What happens if I don't want the salary?",
        "What is the salary, and what are the working hours?",
        "Is there a salary bonus for night shifts?",
        "I always ask for more salary than they offer me, and then we talk about it for a while.",
        "Yes.",
        "?",
        "",
        "The the the the",
        "salary " * 2000,
    ],
)
def test_better_no_answer_than_that_of_another_question(text: str) -> None:
    assert faq.find(ENTRIES, text, "en") is None


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Do I have safety shoes? Yes, I do.", "en"),
        ("Can I start on the first? Yes.", "en"),
        ("What are the working hours. Yes, I can do that.", "en"),
        ("What the team needs.", "en"),
        ("What I like is the team.", "en"),
        ("I would ask them, what is the team like?", "en"),
        ("I'd say: do you need training?", "en"),
        ("How long was the contract?", "en"),
        ("Kann ich nachts arbeiten? Ja.", "de"),
        ("Wie hoch das Gehalt ist", "de"),
        ("Ich frage immer: Gibt es einen Parkplatz?", "de"),
        ("Wie lange war die Einarbeitung?", "de"),
        ("Diría: ¿cuál es el horario?", "es"),
        ("¿Tengo coche? Sí.", "es"),
        ("Est-ce que j'ai le permis ? Oui.", "fr"),
        ("Je demanderais : quel est le salaire ?", "fr"),
        ("ما عندي راتب", "ar"),
        ("هل عندي راتب؟ نعم", "ar"),
    ],
)
def test_an_answer_has_not_the_form_of_a_question(text: str, locale: str) -> None:
    assert not faq.is_question(text, locale)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("What would my salary be", "en"),
        ("Thanks. And what is the salary? Thank you.", "en"),
        ("I was wondering, what is the salary?", "en"),
        ("I would like to ask what the salary is?", "en"),
        ("Wie hoch ist das Gehalt", "de"),
        ("Ich würde gern fragen, wie hoch das Gehalt ist?", "de"),
        ("Darf ich fragen, wie hoch das Gehalt ist?", "de"),
        ("Quería preguntar cuál es el horario?", "es"),
        ("Je voudrais demander, quel est le salaire ? Merci.", "fr"),
        ("كم الراتب؟ شكرا", "ar"),
    ],
)
def test_a_question_has_its_form(text: str, locale: str) -> None:
    assert faq.is_question(text, locale)


def test_no_entries_no_answer() -> None:
    assert faq.find((), "What is the salary?", "en") is None
    faq.prepare((), "en")


def test_of_two_that_come_near_neither_is_taken() -> None:
    two = (
        FaqEntry(q="What is the salary?", a="42,000 euros."),
        FaqEntry(q="How much is the pay?", a="It depends."),
    )
    assert faq.find(two, "How much is the salary?", "en") is None
    assert faq.confusable(two, "en") == []  # "what" and "how much": told apart by their form
    same = (two[0], FaqEntry(q="What's the pay?", a="It depends."))
    assert faq.confusable(same, "en") == [(0, 1)]
    assert faq.confusable((two[0], two[0]), "en") == []


def test_a_denial_is_answered_by_a_denial_only() -> None:
    entries = (FaqEntry(q="What if I do not have a visa?", a="Then we cannot hire you."),)
    assert faq.find(entries, "What if I don't have a visa?", "en") is not None
    assert faq.find(entries, "What if I have a visa?", "en") is None


def test_a_language_without_a_table_is_compared_word_by_word() -> None:
    entries = (FaqEntry(q="Qual o salario?", a="Mil euros."),)
    assert faq.find(entries, "Qual o salário?", "pt") is not None
    assert faq.find(entries, "Onde fica?", "pt") is None


@given(st.text(max_size=300), st.sampled_from(["en", "de", "es", "fr", "ar", "pt", ""]))
def test_any_text_does_no_harm(text: str, locale: str) -> None:
    faq.find(ENTRIES, text, locale)


def test_an_index_is_there_while_it_is_held_and_goes_after_it() -> None:
    def others() -> None:
        for n in range(200):
            faq.prepare((FaqEntry(q=f"What is rule {n}?", a="So."),), "en")

    held = faq.prepare(ENTRIES, "en")
    others()
    assert faq.prepare(ENTRIES, "en-GB") is held
    assert faq.find(ENTRIES, "What is the salary?", "en") is not None
    gone = weakref.ref(held)
    del held
    others()
    assert gone() is None


def test_a_question_of_a_long_faq_takes_less_than_five_milliseconds() -> None:
    """CPU time, for other tests run beside it."""
    source = random.Random(4)
    words = ["".join(source.choices("abdeiklmnorstu", k=7)) for _ in range(4000)]
    entries = tuple(
        FaqEntry(q=" ".join(source.choices(words, k=12)), a=" ".join(source.choices(words, k=249)))
        for _ in range(100)
    )
    assert min(len(entry.a) for entry in entries) > 1900
    faq.prepare(entries, "en")
    took_s = []
    for place in range(0, 100, 10):
        began_s = time.process_time()
        found = faq.find(entries, f"{entries[place].q}?", "en")
        took_s.append(time.process_time() - began_s)
        assert found is not None
        assert found.index == place
    assert min(took_s) < 0.005


PAY = {
    "en": (
        "What is the salary?",
        ("How much do you earn?", "What do you guys make a year?", "What's your own salary?",
         "How much are you paid?", "And what do you actually earn per month?"),
        ("How much would I earn?", "What do you pay?", "How much does the job pay?"),
    ),
    "de": (
        "Wie hoch ist das Gehalt?",
        ("Wie viel verdienen Sie?", "Was verdienst du?", "Wie hoch ist Ihr Gehalt?",
         "Was verdienen Sie denn selbst?"),
        ("Was würde ich verdienen?", "Wie viel zahlen Sie?"),
    ),
    "es": (
        "¿Cuál es el sueldo?",
        ("¿Cuánto gana usted?", "¿Cuánto ganas?", "¿Y tú cuánto cobras?", "¿Cuál es tu sueldo?"),
        ("¿Cuánto cobraría?", "¿Cuánto pagan?"),
    ),
    "fr": (
        "Quel est le salaire ?",
        ("Combien gagnez-vous ?", "Vous gagnez combien ?", "Quel est votre salaire ?",
         "Combien touchez-vous par mois ?", "Tu gagnes combien ?"),
        ("Combien je gagnerais ?", "Combien payez-vous ?"),
    ),
    "ar": ("كم الراتب؟", ("كم راتبك؟",), ("كم سيكون راتبي؟",)),
}  # fmt: skip


@pytest.mark.parametrize("language", PAY)
def test_what_the_interviewer_earns_is_not_what_the_job_pays(language: str) -> None:
    q, about_you, about_the_job = PAY[language]
    entries = (FaqEntry(q=q, a="42.000"),)
    assert [text for text in about_you if faq.find(entries, text, language)] == []
    assert [text for text in about_the_job if not faq.find(entries, text, language)] == []


@pytest.mark.parametrize(
    ("language", "question", "asked"),
    [
        ("en", "When will you make a decision?", "When will you make a decision?"),
        ("en", "When will you make a decision?", "So, when would you make your decision?"),
        ("en", "What do you make at the plant?", "What do you make at your plant?"),
        ("en", "Do you make exceptions for students?", "Would you make exceptions for students?"),
        ("en", "What is your salary?", "What is your salary?"),
        ("de", "Wie hoch ist Ihr Gehalt?", "Wie hoch ist Ihr Gehalt?"),
    ],
)
def test_not_every_you_is_the_interviewer(language: str, question: str, asked: str) -> None:
    """Nor is it where the employer has written the question so."""
    entries = (FaqEntry(q=question, a="42."), FaqEntry(q="Parking?", a="Yes."))
    found = faq.find(entries, asked, language)
    assert found is not None
    assert found.index == 0


@pytest.mark.parametrize(
    ("language", "heard", "echoes", "asks"),
    [
        ("en", "Tell me about the contract that you liked least.",
         ("The contract?", "Contract?", "Um, the contract?", "The contract I liked?"),
         ("And the contract?", "What about the contract?", "How long is the contract?",
          "Is the contract fixed?", "The salary?")),
        ("de", "Erzählen Sie von Ihrem letzten Vertrag.",
         ("Der Vertrag?", "Mein letzter Vertrag?"),
         ("Und der Vertrag?", "Wie lange läuft der Vertrag?", "Das Gehalt?")),
        ("es", "Hábleme de su último contrato.", ("¿El contrato?",), ("¿Y el contrato?",)),
        ("fr", "Parlez-moi de votre dernier contrat.", ("Le contrat ?",), ("Et le contrat ?",)),
    ],
)  # fmt: skip
def test_words_that_come_back_are_no_question(
    language: str, heard: str, echoes: tuple[str, ...], asks: tuple[str, ...]
) -> None:
    assert [text for text in echoes if not faq.is_echo(text, (heard,), language)] == []
    assert [text for text in asks if faq.is_echo(text, (heard,), language)] == []
    assert not any(faq.is_echo(text, (), language) for text in (*echoes, *asks))
