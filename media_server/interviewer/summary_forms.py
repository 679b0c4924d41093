"""How a candidate's own words change when they are said back: "I am" becomes "you are".

One table a language. What is not in it must be said back as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from media_server.interviewer.languages.table import words


@dataclass(frozen=True, slots=True)
class Forms:
    said_back: Mapping[str, frozenset[str]]
    """Word of the first person → those that may stand for it."""
    first: frozenset[str]
    """ "I", "my", "us": said by us, they would be ours."""
    second: frozenset[str]
    """ "You" and "your": they stand for a word of the first person and for nothing else, for in
    some languages the same word is "they"."""
    subjects: frozenset[str]
    """ "I" and "we"."""
    verb_ends: tuple[tuple[str, str], ...] = ()
    """(end of a verb of the first person, the end that may stand for it)."""
    verb_last: bool = False
    """A verb may be the last word of a clause."""
    reflexive: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """ "Me" as "yourself", right behind the subject only: elsewhere it would be what somebody else
    did to you, or you to somebody else."""
    drops_subject: bool = False
    """ "Fue despedido" is he or you."""
    begins_subject: frozenset[str] = frozenset()
    """ "The", "my": where no subject has to be named, it is named behind these."""
    no_verbs: frozenset[str] = frozenset()
    """What a sentence without a subject may begin with beside its verb."""
    written_small: re.Pattern[str] | None = None
    """ "You", where only its capital tells it from "they"."""
    others: frozenset[str] = frozenset()
    """ "He", "it", "that": somebody or something that was named before."""
    joins: frozenset[str] = frozenset()
    """ "And": what stands on both sides of it is the same without the other."""
    leaves: frozenset[str] = frozenset()
    """A sentence is the same without it at its begin."""
    fronted: frozenset[str] = frozenset()
    """Openers that say something, unless a mark follows."""
    adverse: frozenset[str] = frozenset()
    """ "But": what follows takes something back."""
    repairs: frozenset[str] = frozenset()
    """ "Sorry", "rather": the sentence puts something in the place of the one before it."""
    nos: frozenset[str] = frozenset()
    """ "No," as all that stands before the first mark."""
    untrue: frozenset[str] = frozenset()
    """ "That was a lie"."""
    fillers: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    """ "Maybe", "dreamed", "would": it may be true of more than of its own clause."""


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
        first=words("i we me us my our mine ours myself ourselves"),
        second=words("you your yours yourself yourselves"),
        subjects=words("i we"),
        others=words(
            "he she it they him her them his hers its their theirs this that these those there"
        ),
        joins=words("and"),
        leaves=words("and but so then"),
        fronted=words("like"),
        adverse=words("but although though however except only unless"),
        repairs=words("no nope nah not sorry wait rather actually correction kidding or")
        | {"at least", "i mean", "more precisely", "more exactly"},
        nos=words("no not never nope"),
        untrue=words(
            "true untrue lie lies lied lying kidding joking joke false wrong invented pretended "
            "mistake misspoke nonsense exaggerated exaggerating meant mean dream imagined"
        ),
        fillers=words("um uh er erm hmm mhm"),
        unsure=words(
            "maybe perhaps probably possibly supposedly allegedly hardly barely almost nearly "
            "theory paper would could should might may said say claimed claim think thought guess "
            "believe believed hope hoped wish wished imagine imagined dream dreamed dreamt pretend "
            "pretended suppose supposed told asked neither either nor"
        ),
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
        first=words(
            "ich wir mich mir uns mein meine meinen meinem meiner meines unser unsere unseren "
            "unserem unserer unseres"
        ),
        second=words("sie ihnen ihr ihre ihren ihrem ihrer ihres"),
        subjects=words("ich wir"),
        verb_ends=(("e", "en"), ("", "en")),
        verb_last=True,
        reflexive=_pairs("mich sie sich, mir sich, uns sie sich"),
        written_small=re.compile(r"\b(?:sie|ihnen|ihr(?:e[mnrs]?)?)\b"),
        others=words("er es ihm ihn dies diese dieser dieses das da dort sein seine seinen seinem"),
        joins=words("und"),
        leaves=words("und aber dann"),
        fronted=words("gut so"),
        adverse=words("aber obwohl allerdings jedoch doch sondern außer nur"),
        repairs=words(
            "nein nicht nee quatsch entschuldigung sorry vielmehr halt moment oder "
            "beziehungsweise bzw zumindest jedenfalls genauer"
        )
        | {"besser gesagt", "ich meine"},
        nos=words("nein nicht nie doch"),
        untrue=words(
            "wahr unwahr falsch gelogen lüge quatsch spaß scherz erfunden übertrieben unsinn "
            "versprochen meine meinte stimmt geträumt"
        ),
        fillers=words("äh ähm hm"),
        unsure=words(
            "vielleicht wahrscheinlich vermutlich angeblich kaum fast beinahe theoretisch theorie "
            "papier würde hätte wäre könnte sollte müsste sagte gesagt behauptete behauptet glaube "
            "glaubte denke dachte hoffe hoffte meine meinte träumte geträumt stellte weder noch"
        ),
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
        first=words(
            "yo nosotros me nos mi mis mío mía nuestro nuestra nuestros nuestras mí conmigo"
        ),
        second=words("usted ustedes su sus suyo suya le les"),
        subjects=words("yo nosotros"),
        verb_ends=(("é", "ó"), ("í", "ió"), ("o", "a"), ("o", "e")),
        reflexive=_pairs("me se, nos se"),
        drops_subject=True,
        begins_subject=words("el un una mi mis este esta ese esa"),
        no_verbs=words("me nos mi mis lo como solo cuando no ni yo mío mía"),
        others=words("él ella ellos ellas eso esto aquello ese esa este esta allí ahí"),
        joins=words("y e"),
        leaves=words("y e pero entonces luego"),
        adverse=words("pero aunque salvo sino solo"),
        repairs=words("perdón digo mejor corrijo mentira o")
        | {"no fue", "no era", "no es", "no eso"},
        nos=words("no nunca"),
        untrue=words(
            "verdad mentira falso falsa broma mentí inventado exagero exageré cierto quise sueño"
        ),
        fillers=words("eh em"),
        unsure=words(
            "quizás quizá probablemente posiblemente apenas casi teoría habría podría debería dije "
            "digo creo creía pienso pensé espero soñé imaginé fingí ni"
        ),
    ),
    "fr": Forms(
        said_back=_pairs(
            "je vous, j vous, nous vous, me vous, m vous, moi vous, mon votre, ma votre, mes vos, "
            "notre votre, nos vos, suis êtes, sommes êtes, étais étiez, étions étiez, ai avez, "
            "avons avez, avais aviez, avions aviez, fais faites, faisais faisiez, vais allez, peux "
            "pouvez, pouvais pouviez, dois devez, devais deviez, sais savez, veux voulez"
        ),
        first=words("je j nous me m moi mon ma mes notre nos"),
        second=words("vous votre vos"),
        subjects=words("je j nous"),
        verb_ends=(("ais", "iez"), ("e", "ez"), ("s", "ez"), ("ons", "ez"), ("ions", "iez")),
        others=words(
            "il elle ils elles lui leur leurs ce c cela ça celui celle ceux son sa ses y en là"
        ),
        joins=words("et"),
        leaves=words("et mais alors puis ensuite"),
        adverse=words("mais sauf cependant pourtant seulement"),
        repairs=words("non pas pardon plutôt désolé désolée enfin ou"),
        nos=words("non pas jamais"),
        untrue=words(
            "vrai faux fausse mensonge blague menti inventé exagère exagéré veux voulais rêve"
        ),
        fillers=words("euh ben bah hein"),
        unsure=words(
            "peut être probablement doute guère théorie presque aurais serais pourrais devrais dit "
            "disais crois croyais pense pensais espère rêvé imaginé ni"
        ),
    ),
}
