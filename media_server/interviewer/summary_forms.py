"""How a candidate's own words change when they are said back: "I am" becomes "you are".

One table a language. What is not in it must be said back as it was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from media_server.interviewer.languages.table import words


@dataclass(frozen=True, slots=True)
class Forms:
    said_back: Mapping[str, frozenset[str]]
    """Word of the first person → those that may stand for it."""
    second: frozenset[str]
    """ "You" and "your": they stand for a word of the first person and for nothing else, for in
    some languages the same word is "they"."""
    subjects: frozenset[str]
    """ "I" and "we"."""
    you: frozenset[str]
    """What stands for them."""
    verb_ends: tuple[tuple[str, str], ...] = ()
    """(end of a verb of the first person, the end that may stand for it)."""
    others_ends: tuple[str, ...] = ()
    """A verb that ends so is about somebody else, where no subject has to be named."""
    verb_last: bool = False
    """A verb may be the last word of a clause."""
    plain_joints: frozenset[str] = frozenset()
    """ "And": a clause is the same without it."""
    adverse: frozenset[str] = frozenset()
    """ "But": what follows takes something back."""
    fillers: frozenset[str] = frozenset()
    hedges: frozenset[str] = frozenset()
    """ "Maybe": leaving it out makes a claim of it."""


def _pairs(text: str) -> dict[str, frozenset[str]]:
    """ "am are, me you" as a table; more words may stand for the first."""
    found: dict[str, frozenset[str]] = {}
    for entry in text.split(","):
        first, *rest = entry.split()
        found[first] = found.get(first, frozenset()) | frozenset(rest)
    return found


FORMS: dict[str, Forms] = {
    "en": Forms(
        said_back=_pairs(
            "i you, we you, me you, us you, my your, our your, mine yours, ours yours, myself "
            "yourself, ourselves yourself yourselves, am are, was were"
        ),
        second=words("you your yours yourself yourselves"),
        subjects=words("i we"),
        you=words("you"),
        plain_joints=words("and but so then"),
        adverse=words("but although though however except"),
        fillers=words("um uh er erm hmm mhm"),
        hedges=words("maybe perhaps probably possibly supposedly hardly barely theory paper"),
    ),
    "de": Forms(
        said_back=_pairs(
            "ich sie, wir sie, mich sie sich, mir ihnen sich, uns sie ihnen sich, mein ihr, meine "
            "ihre, meinen ihren, meinem ihrem, meiner ihrer, meines ihres, unser ihr, unsere ihre, "
            "unseren ihren, unserem ihrem, unserer ihrer, unseres ihres, bin sind, war waren, habe "
            "haben, hatte hatten, kann können, konnte konnten, will wollen, wollte wollten, muss "
            "müssen, musste mussten, soll sollen, darf dürfen, durfte durften, weiß wissen, werde "
            "werden, wurde wurden, mag mögen"
        ),
        second=words("sie ihnen ihr ihre ihren ihrem ihrer ihres"),
        subjects=words("ich wir"),
        you=words("sie"),
        verb_ends=(("e", "en"), ("", "en")),
        verb_last=True,
        plain_joints=words("und aber dann"),
        adverse=words("aber obwohl allerdings jedoch doch sondern"),
        fillers=words("äh ähm hm"),
        hedges=words("vielleicht wahrscheinlich vermutlich angeblich kaum theoretisch papier"),
    ),
    "es": Forms(
        said_back=_pairs(
            "yo usted, nosotros usted ustedes, me le se lo la, nos le se les, mi su, mis sus, mío "
            "suyo, mía suya, nuestro su, nuestra su, nuestros sus, nuestras sus, mí usted, soy es, "
            "estoy está, fui fue, he ha, hemos ha han, tengo tiene, tuve tuvo, hago hace, hice "
            "hizo, voy va, puedo puede, pude pudo, sé sabe, supe supo, doy da, di dio, digo dice, "
            "dije dijo, vine vino, vi vio, puse puso, quiero quiere, quise quiso, estuve estuvo, "
            "debo debe"
        ),
        second=words("usted ustedes su sus suyo suya le les"),
        subjects=words("yo nosotros"),
        you=words("usted ustedes"),
        verb_ends=(("é", "ó"), ("í", "ió"), ("o", "a"), ("o", "e")),
        others_ends=("ó", "aron", "ieron"),
        plain_joints=words("y e pero entonces luego"),
        adverse=words("pero aunque salvo sino"),
        fillers=words("eh em"),
        hedges=words("quizás quizá probablemente posiblemente apenas teoría"),
    ),
    "fr": Forms(
        said_back=_pairs(
            "je vous, j vous, nous vous, me vous, m vous, moi vous, mon votre, ma votre, mes vos, "
            "notre votre, nos vos, suis êtes, sommes êtes, étais étiez, étions étiez, ai avez, "
            "avons avez, avais aviez, avions aviez, fais faites, faisais faisiez, vais allez, peux "
            "pouvez, pouvais pouviez, dois devez, devais deviez, sais savez, veux voulez"
        ),
        second=words("vous votre vos"),
        subjects=words("je j nous"),
        you=words("vous"),
        verb_ends=(("ais", "iez"), ("e", "ez"), ("s", "ez"), ("ons", "ez"), ("ions", "iez")),
        plain_joints=words("et mais alors puis ensuite"),
        adverse=words("mais bien sauf cependant pourtant"),
        fillers=words("euh ben bah hein"),
        hedges=words("peut-être probablement sans-doute guère théorie"),
    ),
}
