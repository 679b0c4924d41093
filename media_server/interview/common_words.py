"""Words that tell nothing of what is spoken about, and those that begin a clause. Pure.

One pair of lists a language; in another language no word of three letters or fewer counts.
"""

from __future__ import annotations

from functools import cache

_COMMON = {
    "en": "a an the and or but so if then than that this these those there here it its it's i i'm "
    "i've i'd i'll me my mine we we're we've our us you your he she they them their his her "
    "him is are was were be been being am do does did done doing don't didn't doesn't have "
    "has had having will would can could should may might must shall to of in on at by for "
    "with from as about into over under after before between through during not no yes yeah "
    "well um uh er erm hmm like just really very quite also too even only more most much "
    "many some any all both each every other another such what which who whom whose when "
    "where why how because while until since though although however actually basically "
    "kind sort lot thing things stuff okay ok right mean know think guess maybe perhaps "
    "said say get got go going went came come make made up down out off again once own same "
    "up back one ones question answer meant",
    "de": "der die das den dem des ein eine einen einem einer eines und oder aber so wenn dann "
    "als dass daß dieser diese dieses dies da hier es ich mich mir mein meine meinen meinem "
    "meiner wir uns unser unsere du sie ihr ihre ihren ihnen er ihn ihm sein seine seinen "
    "man ist sind war waren bin bist sei wird werden wurde wurden worden gewesen habe hat "
    "haben hatte hatten gehabt kann können konnte konnten soll sollte muss müssen musste "
    "will wollte wollen darf zu zum zur von vom in im an am auf bei für mit aus nach vor "
    "über unter durch gegen ohne um bis seit nicht kein keine keinen nein ja doch noch nur "
    "auch schon sehr ganz mehr viel viele alle alles was wer wie wo warum wann welche "
    "welcher welches weil während obwohl also äh ähm hm naja halt eben eigentlich irgendwie "
    "sozusagen quasi genau gut okay mal wieder dort daran dabei damit dafür davon dazu denn "
    "sich selbst gemacht machen gesagt sagen glaube denke frage antwort",
    "es": "el la los las un una unos unas y e o u pero si que de del al en a con por para sin "
    "sobre entre hasta desde como cuando donde quien cual cuales lo le les me te se nos mi "
    "mis tu tus su sus nuestro nuestra yo tú él ella ellos ellas usted ustedes nosotros es "
    "son era eran fue fueron ser sido soy somos estar está están estaba estaban estoy ha "
    "han he hemos había habían haber hay hacer hace hacía hizo hecho puede puedo podía pude "
    "no sí ya muy más menos mucho mucha muchos muchas poco todo toda todos todas otro otra "
    "otros también tampoco sólo solo porque pues entonces así bueno este esta estos estas "
    "ese esa eso esto aquel eh em osea digo creo pienso tal vez quizás luego después antes "
    "aquí allí ahí pregunta respuesta",
    "fr": "le la les l un une des et ou mais si que qu de du d au aux en à a avec par pour sans "
    "sur sous entre jusque depuis comme quand où qui quoi dont ce cet cette ces c ça cela "
    "se s me m te t lui leur leurs y il elle ils elles on nous vous je j tu mon ma mes ton "
    "ta tes son sa ses notre nos votre vos est sont était étaient être été suis sommes ai "
    "as avons avez ont avait avaient avoir eu fait faire faisait fais peut peux pouvait "
    "pouvoir ne n pas non oui plus moins très bien tout toute tous toutes autre autres "
    "aussi même encore déjà juste parce puis alors donc ainsi euh ben bah hein voilà quoi "
    "enfin genre là ici c'est c'était j'ai j'avais qu'il qu'elle qu'on n'est n'ai d'un "
    "d'une l'on crois pense question réponse",
    "ar": "في من على إلى عن مع هذا هذه ذلك تلك التي الذي الذين ما لا لم لن قد كان كانت كنت يكون "
    "أن إن أو ثم لكن هو هي هم نحن أنا أنت لي لنا له لها كل بعض بعد قبل عند حيث كما أيضا جدا "
    "يعني نعم لأن إذا حتى بين كيف متى أين لماذا هل و ف ب ل السؤال سؤال جواب",
}
_JOINTS = {
    "en": "and but because so then when while which where although though since until after "
    "before if or",
    "de": "und aber weil denn dann wenn während obwohl sodass dass nachdem bevor damit oder "
    "sondern",
    "es": "y pero porque entonces cuando mientras aunque después luego así si o que",
    "fr": "et mais parce donc alors quand pendant bien puis ensuite car si ou",
    "ar": "و ثم لكن ولكن لأن عندما بينما حتى بعد قبل إذا أو",
}
_OPENERS = {
    "en": "well so um uh er and but or okay yeah yes like",
    "de": "also und aber oder ja äh ähm naja nun gut so",
    "es": "bueno pues y pero o eh em entonces sí",
    "fr": "alors euh et mais ou bon ben bah donc oui",
    "ar": "و ثم يعني نعم",
}


@cache
def common_words(language: str) -> frozenset[str]:
    """In small letters. `language`: such as "de"."""
    return frozenset(_COMMON.get(language, "").split())


@cache
def joints(language: str) -> frozenset[str]:
    """Before these a long sentence may be cut."""
    return frozenset(_JOINTS.get(language, "").split())


@cache
def openers(language: str) -> frozenset[str]:
    """What a sentence may begin with and lose nothing by leaving out."""
    return frozenset(_OPENERS.get(language, "").split())
