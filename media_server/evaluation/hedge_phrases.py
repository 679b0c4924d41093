"""Hedges by language, each as it is said; accents, case and punctuation make no difference.

In no list: a word that changes what is claimed ("might", "about 20", "a bit"), and any "not" but in
a disclaimer that ends in "but": "I'm not an expert, but" says nothing of what follows. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hedges:
    """One language. Phrases are separated by new lines."""

    opinions: str
    """With or without one of `that` behind them: "I think that"."""
    that: str
    needs_that: bool
    """Without it, only at the end of a clause: "creo software" is no opinion."""
    alone: str
    """Hedges and fillers that stand for themselves."""
    disclaimers: str
    """Before one of `but`, which goes with them; they may hold a "not"."""
    but: str
    not_before: Mapping[str, str]
    """Phrase → words before which it is none: "I think" in "I think about users"."""
    not_after: Mapping[str, str]
    """Phrase → words behind which it is none: "kind of" in "what kind of"."""


_KIND_OF = (
    "what which this that these those any some every each a an the one another same other "
    "different certain all no my your our their his her its new right wrong first second third "
    "two three many several specific particular best only main"
)
_EN = Hedges(
    opinions="""
        i think\ni guess\ni suppose\ni believe\ni feel\ni feel like\ni would think\ni'd think
        i would say\ni'd say\ni would guess\ni'd guess\ni kind of think\ni sort of think
        i kinda think\ni just think\ni imagine\ni assume\ni reckon\ni want to say\ni'd argue
        it seems\nit seems to me\nit seems like\nit feels like\nit looks to me like
        my guess is\nmy guess would be\nmy feeling is\nmy impression is\nmy sense is
        it might just be me but i think\nit's possible\nit could be
    """,
    that="that",
    needs_that=False,
    alone="""
        maybe\nperhaps\nprobably\npossibly\npresumably\narguably\nsupposedly\nsort of\nkind of
        sorta\nkinda\nsomewhat\nmore or less\nin a way\nin a sense\nto some extent\nso to speak
        as it were\nif you will\nas far as i know\nas far as i can tell\nas far as i remember
        as far as i'm aware\nfrom what i remember\nfrom what i can tell\nif i remember correctly
        if i remember right\nif i recall correctly\nif i'm not mistaken\nif that makes sense
        in my opinion\nin my humble opinion\nin my view\nto be honest\nto be fair\nhonestly
        or something\nor something like that\nor something along those lines\nor whatever
        and stuff\nand stuff like that\nor so i think\nso to say\ni mean\num\nuhm\nuh\nerm\ner\nhmm
        correct me if i'm wrong\ncorrect me if i'm wrong but\ndon't quote me on that
        don't quote me on this\njust my opinion\nit's just my opinion\nthat's just my opinion
        just my two cents\nfor what it's worth\ni hope that makes sense\nhopefully that makes sense
        sorry if that's unclear\nsorry\nsorry if i'm rambling\nyou know what i mean\nif you like
        at least i think so\nat least i think\nat least that's what i think\nin all likelihood
        i could be wrong\ni may be wrong\ni might be wrong\ni could be wrong about that
        this might be a silly answer but\nthis may sound silly but\nthis might sound stupid but
    """,
    disclaimers="""
        i'm not sure\ni'm not certain\ni'm not entirely sure\ni'm not completely sure
        i'm not really sure\ni'm not totally sure\ni'm not a hundred percent sure
        i'm not 100 sure\ni am not sure\ni am not an expert\ni'm not an expert\ni'm no expert
        i'm by no means an expert\ni'm not really an expert\ni'm not an expert in this
        i'm not an expert on this\ni'm not an expert on that\ni'm not the best person to ask
        i don't know if this is right\ni don't know if that's right\ni don't know if it's right
        i don't know if this is the right answer\ni don't know if this answers your question
        i'm not sure if this is right\ni'm not sure if that's what you mean
        i'm not sure if this is what you're looking for\nnot sure if this is relevant
        i'm not sure this is right\ni could be wrong\ni may be wrong\ni might be wrong
        i could be wrong here\ni could be wrong about this\ni might be wrong about this
        this may be wrong\nthis might be wrong\nthis could be wrong\nthis is just my opinion
        it's just my opinion\nthis is probably wrong\nthis is just a guess\nit's just a guess
        i can't be certain\ni can't be sure\ni don't remember exactly\ni don't know for sure
        i don't know\ni don't want to brag\ni don't want to overstate it\nnot to brag
    """,
    but="but",
    not_before={
        "i think": "about of through in like on hard differently carefully ahead twice not",
        "i feel": "good bad sad happy comfortable confident safe responsible strongly ready proud "
        "better worse about for at sorry",
        "i believe": "in",
        "i guess": "at",
        "i assume": "responsibility the full",
        "i imagine": "a the how what",
        "i suppose": "",
        "it seems": "to not",
        "it could be": "a an the used that done made seen",
        "it's possible": "to for",
        "sorry": "for about to i",
        "i mean": "it by to",
        "er": "",
    },
    not_after={
        "kind of": _KIND_OF,
        "sort of": _KIND_OF,
        "i think": "what how as than way when where before if while that's which",
        "i mean": "what know if",
        "i feel": "how what when way",
        "honestly": "answer speak talk work report",
        "somewhat": "",
        "or something": "",
        "in a way": "",
        "maybe": "",
        "i believe": "what which as",
        "sorry": "am i'm was were felt feel said say say",
        "i suppose": "what",
        "or whatever": "",
    },
)
_DE = Hedges(
    opinions="""
        ich glaube\nich denke\nich meine\nich vermute\nich nehme an\nich würde sagen
        ich würde mal sagen\nich würd sagen\nich würde denken
        ich habe das gefühl\nich hab das gefühl
        mir scheint\nes scheint mir\nes kann sein\nkann sein\nich könnte mir vorstellen
        ich würde meinen\nmein gefühl ist\nich würde behaupten
    """,
    that="dass",
    needs_that=False,
    alone="""
        vielleicht\nwahrscheinlich\nvermutlich\neventuell\nmöglicherweise\nirgendwie\nsozusagen
        gewissermaßen\nquasi\nein stück weit\nmeiner meinung nach\nmeines erachtens\nsoweit ich weiß
        meines wissens\nwenn ich mich richtig erinnere\nwenn ich mich recht erinnere
        wenn ich das richtig verstehe\nglaube ich\nglaub ich\ndenke ich\ndenk ich\nwürde ich sagen
        würde ich mal sagen\nschätze ich\nnehme ich an\nvermute ich\noder so\noder so ähnlich
        oder so was\noder sowas\nmehr oder weniger\nehrlich gesagt\nan sich\nim grunde genommen
        sag ich mal\nsage ich mal\nähm\näh\nöhm\nhm\nhmm\nentschuldigung\nhalt so\nalso ich glaube
        in gewisser weise\nunter umständen\nwohl\nzumindest glaube ich das\nfalls das sinn ergibt
        wenn das sinn ergibt\nich kann mich auch irren\nkorrigieren sie mich wenn ich falsch liege
    """,
    disclaimers="""
        ich bin kein experte\nich bin keine expertin\nich bin da kein experte
        ich bin da keine expertin\nich bin mir nicht sicher\nich bin nicht sicher
        ich bin mir nicht ganz sicher\nich bin nicht ganz sicher\nich bin mir da nicht sicher
        ich bin mir da nicht ganz sicher\nich weiß nicht genau\nich weiß nicht
        ich weiß nicht ob das stimmt\nich weiß nicht ob das richtig ist\nich kann mich irren
        ich könnte mich irren\nich kann mich täuschen\nes kann sein dass ich mich irre
        kann sein dass ich mich irre\nvielleicht irre ich mich\nvielleicht liege ich falsch
        das ist nur meine meinung\nich will nicht angeben
    """,
    but="aber doch",
    not_before={
        "ich denke": "an über nach daran darüber",
        "ich glaube": "an daran",
        "ich meine": "",
        "kann sein": "",
        "wohl": "fühlen fühle gefühlt fühlt fühlte",
        "quasi": "",
    },
    not_after={
        "ich meine": "was",
        "kann sein": "es das er sie man wir ich",
        "wohl": "sehr sich mich uns",
        "oder so": "",
        "ich denke": "was wie",
        "glaube ich": "das daran",
        "an sich": "",
    },
)
_ES = Hedges(
    opinions="""
        creo\nyo creo\npienso\nyo pienso\nsupongo\nme imagino\nimagino\nme parece\na mí me parece
        diría\nyo diría\nconsidero\nsiento\ntengo la impresión de\nmi impresión es\npuede ser
        es posible\ndigamos\nme da la impresión de
    """,
    that="que",
    needs_that=True,
    alone="""
        quizás\nquizá\ntal vez\na lo mejor\nprobablemente\nposiblemente\nseguramente\nen mi opinión
        a mi juicio\na mi parecer\ndesde mi punto de vista\nsi no recuerdo mal\nsi mal no recuerdo
        si no me equivoco\nque yo sepa\nhasta donde sé\nmás o menos\no algo así\nalgo así
        o algo por el estilo\npor así decirlo\nde alguna manera\nde alguna forma\nen cierto modo
        en cierta medida\nla verdad\nsinceramente\nperdón\ncomo que\neh\nem\nehm\no eso creo
        creo yo\nsupongo yo\nno sé si me explico\nsi tiene sentido\npor decirlo de alguna manera
    """,
    disclaimers="""
        no soy experto\nno soy experta\nno soy un experto\nno soy una experta
        no soy ningún experto\nno soy ninguna experta\nno soy experto en esto
        no soy experta en esto\nno estoy seguro\nno estoy segura\nno estoy muy seguro
        no estoy muy segura\nno estoy del todo seguro\nno estoy del todo segura\nno sé
        no sé si esto es correcto\nno sé si es correcto\nno sé si está bien
        puedo estar equivocado\npuedo estar equivocada\nquizás me equivoque\ntal vez me equivoque
        puede que me equivoque\nigual me equivoco\na lo mejor me equivoco\nes solo mi opinión
    """,
    but="pero",
    not_before={
        "creo": "en un una el la los las software herramientas aplicaciones contenido",
        "yo creo": "en",
        "pienso": "en",
        "yo pienso": "en",
        "imagino": "un una el la",
        "considero": "el la los las un una todo todos",
        "siento": "el la los las",
        "la verdad": "es que sobre del de",
        "perdón": "a por",
        "puede ser": "un una el la",
        "es posible": "hacer usar",
        "digamos": "a le les lo",
        "como que": "",
        "algo así": "",
    },
    not_after={
        "creo": "lo como",
        "pienso": "lo cómo como",
        "considero": "lo como",
        "siento": "lo me como",
        "la verdad": "decir digo decimos dije es con",
        "como que": "así tanto",
        "seguramente": "",
        "puede ser": "no lo que",
        "diría": "se le me",
        "digamos": "",
        "perdón": "pedí pedir pido",
    },
)
_FR = Hedges(
    opinions="""
        je pense\nje crois\nje suppose\nj'imagine\nje dirais\nje dirais plutôt\nil me semble
        j'ai l'impression\nj'ai le sentiment\nmoi je pense\nmoi je crois\nmoi je dirais\nje trouve
        on dirait\npeut-être\nil se peut\nil est possible\nmon impression est
    """,
    that="que",
    needs_that=True,
    alone="""
        probablement\npossiblement\néventuellement\nsans doute\nà mon avis\nselon moi\nd'après moi
        de mon point de vue\nsi je me souviens bien\nsi je ne me trompe pas\nsauf erreur de ma part
        sauf erreur\nà ma connaissance\npour autant que je sache\nplus ou moins\nen quelque sorte
        d'une certaine manière\nd'une certaine façon\ndans une certaine mesure\ndisons\non va dire
        je dirais ça comme ça\nquelque part\npour ainsi dire\nou quelque chose comme ça
        ou un truc comme ça\nun truc comme ça\nhonnêtement\nfranchement\neuh\nheu\nhum\ndésolé
        désolée\nenfin je crois\nenfin je pense\nsi vous voyez ce que je veux dire\ngenre
        je ne sais pas si c'est clair
    """,
    disclaimers="""
        je ne suis pas expert\nje ne suis pas experte\nje ne suis pas un expert
        je ne suis pas une experte\nje suis pas expert\nje suis pas experte
        je ne suis pas spécialiste\nje ne suis pas sûr\nje ne suis pas sûre\nje suis pas sûr
        je suis pas sûre\nje ne suis pas certain\nje ne suis pas certaine
        je ne suis pas tout à fait sûr\nje ne suis pas tout à fait sûre
        je ne suis pas complètement sûr\nje ne sais pas\nje ne sais pas si c'est juste
        je ne sais pas si c'est correct\nje ne sais pas si c'est la bonne réponse
        je peux me tromper\nje me trompe peut-être\npeut-être que je me trompe
        c'est juste mon avis\nce n'est que mon avis
    """,
    but="mais",
    not_before={
        "je pense": "à aux au",
        "je crois": "en",
        "je trouve": "un une le la les des",
        "on dirait": "un une",
        "j'imagine": "un une le la les des",
        "genre": "de",
        "il est possible": "de d'",
        "quelque part": "dans en",
        "désolé": "de pour",
        "sans doute": "",
        "franchement": "",
        "disons": "",
    },
    not_after={
        "je pense": "que comme ce",
        "je crois": "comme ce",
        "je trouve": "que ce",
        "genre": "ce le un quel du de même premier",
        "disons": "nous",
        "je dirais": "",
        "honnêtement": "répondre parler",
        "plus ou moins": "",
    },
)
TABLES: Mapping[str, Hedges] = {"en": _EN, "de": _DE, "es": _ES, "fr": _FR}
"""Arabic: `hedge_phrases_ar`."""
