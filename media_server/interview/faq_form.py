"""What the form of a turn tells about a question, besides what it is about. Pure.

- Whether somebody only tells of a question, or answers it: "I'd ask: do you need training?", "Can I
  start on the first? Yes." Such a turn is an answer, and must not vanish from the record as a
  question to the interviewer.
- Whether it is about the interviewer: what it earns is not what the job pays.
- Whether it asks for a duty or for a right: "yes" means another thing after "do I need a car?"
  than after "is there a company car?", though both are about cars.

Patterns are for words without accents and punctuation, as `faq` compares them, with one space
between them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from media_server.interview.spoken_requests.table import words
from media_server.interview.spoken_requests.words import folded

QUESTION_MARKS = ("?", "\u061f")
Stance = Literal["due", "granted"]
"""due: what somebody must do or bring. granted: what somebody may do or is given."""
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"(?<=\w{2})[.!]\s")
_THANKS = words("""
    thanks thank you very much please danke vielen dank bitte schon gracias por favor merci beaucoup
    svp s il vous plait شكرا
""")


@dataclass(frozen=True, slots=True)
class Form:
    told: str = r"(?!)"
    """How a turn begins that tells of a question, or asks about the past."""
    due: str = r"(?!)"
    granted: str = r"(?!)"
    about_you: str = r"(?!)"
    """What an interviewer is asked about itself; "do you pay" and "your holidays" mean the job."""
    open: frozenset[str] = frozenset()
    """Question words that ask for more than a yes or no, and tell nothing else of what is asked."""


FORMS: Mapping[str, Form] = {
    "en": Form(
        told=r"""
            (?:then |first |always |usually )*i (?:would |d |will |ll |then |always |just |first |
            often |usually |simply |have |ve |even )*
            (?:ask|asked|say|said|tell|told|reply|replied|answer|answered)\b|
            (?:(?:what|which|where|who|why|how \w+)(?: \w+)? )?(?:was|were|had)\b(?! wondering)
        """,
        due=r"""
            (?:have|has) to(?! (?:ask|say|know))|needs?(?! to (?:know|ask|understand))|needed|
            must(?! (?:ask|say))|required?|mandatory|compulsory|supposed to|expected to|bring|buy|
            own
        """,
        granted=r"""
            (?:can|could|may|might) (?:i|we|one)|allow(?:ed)?|possible|offer|provided?|give|get|
            pay for|supply
        """,
        about_you=r"""
            (?:do|did|would|will|could|can) you (?:guys |yourself |personally |actually |even )*
            (?:earn|get paid|cost)|(?:are|were) you (?:being |well |even )*paid|
            you (?:earn|get paid|are paid)|what you(?: re| are)? (?:earn|paid)|
            you (?:guys |yourself |personally |actually |even )*make(?: here| now| money| yourself|
             on average| (?:a|per|an|each|every|in a) (?:hour|day|week|month|year))*$|
            your (?:own |personal |current |monthly |annual )*(?:salary|wages?|paycheck|income|
            earnings|pay)(?! (?:range|band|offer|budget|scale|for|to|here|in this|at this)\b)
        """,
        open=words("what which how"),
    ),
    "de": Form(
        told=r"""
            (?:dann |zuerst |erst |immer )*(?:ich )?(?:wurde |werde |habe )?(?:ich )?(?:immer |
            dann |zuerst |erst |einfach |auch |sie |ihn |ihm |ihnen |die leute |den kunden )*
            (?:frage|sage|fragte|sagte|gefragt|gesagt|fragen|sagen)\b(?! mich)|
            (?:(?:was|wo|wer|wann|wie|welche[rsnm]?)(?: \w+)? (?:\w+ )?)?war\b
        """,
        due=r"""
            muss|mussen|musste|brauche|brauchen|braucht|notig|notwendig|erforderlich|pflicht|
            verpflichtend|verpflichtet|vorgeschrieben|eigene[nrsm]?|selbst|selber|mitbringen|kaufen|
            soll|sollte
        """,
        granted=r"""
            (?:kann|konnte) (?:ich|man)|darf|durfte|bekomme|bekommen|bekommt|kriege|kriegen|kriegt|
            biete|bieten|bietet|stellen|stellt|moglich|(?:zahlen|bezahlen|ubernehmen|geben) sie
        """,
        about_you=r"""
            (?:verdienen|kosten) sie|(?:verdienst|kostest|kriegst|bekommst) du|
            sie (?:selbst |selber |hier |eigentlich |denn |im monat |im jahr )*verdienen|
            du (?:selbst |selber |hier |eigentlich |denn |im monat |im jahr )*verdienst|
            (?:ihr|dein)(?:en|em)? (?:eigene[nrsm]? )?(?:gehalt|lohn|verdienst|einkommen)
        """,
        open=words("was welche welcher welches welchen wie"),
    ),
    "es": Form(
        told=r"""
            (?:yo |siempre |primero |entonces |les? |lo primero que )*
            (?:pregunto|pregunte|digo|dije|diria|preguntaria|preguntaba)\b|
            (?:(?:cual|cuales|cuanto|cuanta|cuantos|cuantas|que)(?: \w+)? )?
            (?:era|eran|fue|fueron|estaba|estuvo)\b
        """,
        due=r"""
            (?:tengo|tendria|tendre|hay|habria|habra) que|debo|deberia|necesito|necesitaria|
            necesita|necesario|necesaria|obligatorio|obligatoria|hace falta|propi[oa]s?|traer|
            comprar|exigen
        """,
        granted=r"puedo|podria|podre|se puede|dan|ofrecen|proporcionan|posible|pagan",
        about_you=r"""
            (?:ganas|cobras|ganais|cobrais)|(?:gana|cobra|ganan|cobran) (?:usted|ustedes)|
            (?:usted|ustedes) (?:gana|cobra|ganan|cobran)|(?:tu|vuestro) (?:propio )?(?:sueldo|
            salario)|su propio (?:sueldo|salario)|le pagan a usted|te pagan
        """,
        open=words("cual cuales como"),
    ),
    "fr": Form(
        told=r"""
            (?:alors |d abord |toujours )*(?:je |j )(?:lui |leur |ai |aurais |toujours )*
            (?:demande|dis|dit|dirais|demanderais|demandais|disais)\b|
            (?:(?:quel|quelle|quels|quelles|combien)(?: \w+)? )?(?:etait|etaient)\b
        """,
        due=r"""
            dois|doit|devrais|devrai|faut|faudra|faudrait|besoin(?! de savoir)|obligatoires?|oblige|
            necessaires?|requis|exige[sz]?|apporter|acheter|propres?
        """,
        granted=r"""
            puis je|peux|peut on|pourrais|possible|fournissez|fournis?|fournie|donnez|offrez|
            proposez|payez
        """,
        about_you=r"""
            (?:gagnez|touchez) vous|vous (?:gagnez|touchez)|(?:gagnes|touches) tu|tu (?:gagnes|
            touches)|(?:etes vous|vous etes|es tu|tu es) (?:bien |mal )?payee?s?|
            (?:votre|ton) (?:propre )?(?:salaire|paie|paye|remuneration|revenu)
            (?! (?:propose|offert|pour)\b)
        """,
        open=words("quel quelle quels quelles comment quoi"),
    ),
    "ar": Form(
        due="يجب|علي|احتاج|لازم|مطلوب|الزامي|ضروري",
        granted="يمكن|يمكنني|ممكن|استطيع|توفرون|تقدمون",
        about_you="راتبك|مرتبك|راتبكم|تكسب|تكسبون|تتقاضي|تتقاضى",
        open=words("ما ماذا كيف"),
    ),
}


def goes_on(text: str) -> bool:
    """Whether something but thanks follows the question: it is answered at once, or was somebody
    else's. Without a question mark it ends with its sentence."""
    before, mark, after = text.replace("\u061f", "?").rpartition("?")
    if not mark:
        before, _, after = _SENTENCE_END.sub("?", text, count=1).partition("?")
    return bool(before) and not _THANKS.issuperset(_WORD.findall(folded(after)))


def is_told(said: str, language: str) -> bool:
    """Whether a turn only tells of a question ("I would ask: …"), or asks what was once."""
    return _pattern("told", language).match(said) is not None


def stance(asked: Sequence[str], language: str) -> Stance | None:
    """What a yes to the question would mean; a duty, where it has words of both. None: neither."""
    text = " ".join(asked)
    if _pattern("due", language).search(text):
        return "due"
    return "granted" if _pattern("granted", language).search(text) else None


def is_about_you(asked: Sequence[str], language: str) -> bool:
    """Whether the interviewer is asked about itself: what a FAQ tells of the job is no answer."""
    return _pattern("about_you", language).search(" ".join(asked)) is not None


def is_open(asked: Sequence[str], language: str) -> bool:
    return not FORMS.get(language, Form()).open.isdisjoint(asked)


@functools.cache
def _pattern(
    name: Literal["told", "due", "granted", "about_you"], language: str
) -> re.Pattern[str]:
    pattern = re.sub(r"\n\s*", "", getattr(FORMS.get(language, Form()), name))
    return re.compile(pattern if name == "told" else rf"\b(?:{pattern})\b")
