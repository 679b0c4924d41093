"""Words that turn a sentence into its opposite, and numbers: no repair may change one. Pure.

All languages are looked up together: candidates mix them, and a word too many here only means that
a quote is refused instead of repaired.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from media_server.evaluation.tokens import words
from media_server.folding import folded

_NEGATIONS = words(
    # en
    "not no never none nobody nothing nowhere neither nor cannot without hardly barely scarcely "
    "rarely seldom nope unable lacking lack lacked failed fail fails refused except "
    "dont didnt doesnt cant wont isnt wasnt arent werent havent hasnt hadnt wouldnt couldnt "
    "shouldnt aint mustnt neednt "
    # de
    "nicht nichts nie niemals kein keine keinen keinem keiner keines niemand niemanden niemandem "
    "nirgends nirgendwo weder noch ohne kaum nein selten ausser ne "
    # es
    "nunca jamas nada nadie ningun ninguno ninguna ningunos ningunas tampoco sin ni apenas salvo "
    # fr
    "pas jamais rien aucun aucune personne sans guere non nullement nulle nul plus sauf "
    # pt, it
    "nao nem ninguem nenhum nenhuma sem mai nessuno nessuna niente nulla senza neanche nemmeno "
)
_ARABIC_NEGATIONS = words(
    folded("لا ليس ليست لست لسنا ليسوا لستم لم لن ما غير بدون دون بلا عدم لما")
)
_NEGATED = re.compile(r".+n't|n'.+|[\u4e0d\u6ca1\u6c92\u65e0\u7121\u672a]")
_NUMBERS = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty "
    "ninety hundred hundreds thousand thousands million millions billion billions dozen half "
    "quarter third twice once double triple first second null eins zwei drei vier funf sechs "
    "sieben acht neun zehn elf zwolf zwanzig dreissig vierzig funfzig sechzig siebzig achtzig "
    "neunzig hundert tausend millionen milliarde milliarden halb halbe halben viertel drittel "
    "doppelt dreifach einmal zweimal dreimal cero uno dos tres cuatro cinco seis siete ocho "
    "nueve diez once doce trece catorce quince veinte treinta cuarenta cincuenta sesenta "
    "setenta ochenta noventa cien ciento cientos mil miles millon millones medio media mitad "
    "doble triple cuarto tercio deux trois quatre cinq sept huit neuf dix onze douze treize "
    "quatorze quinze seize vingt trente quarante cinquante soixante cent cents mille milliard "
    "milliards moitie demi demie tiers quart fois "
)
_ARABIC_NUMBERS = words(
    folded(
        "صفر واحد واحدة اثنان اثنين اثنتان اثنتين اثنا اثني ثلاثة ثلاث أربعة أربع خمسة خمس ستة ست "
        "سبعة سبع ثمانية ثمان ثماني تسعة تسع عشرة عشر عشرون عشرين ثلاثون ثلاثين أربعون أربعين "
        "خمسون خمسين ستون ستين سبعون سبعين ثمانون ثمانين تسعون تسعين مئة مائة مئتان مئتين مائتان "
        "مائتين مئات ألف ألفان ألفين آلاف مليون مليونان مليونين ملايين مليار مليارات نصف ربع ثلث "
        "ضعف ضعفين مرة مرتين أول ثاني ثانية ثالث"
    )
)
_ARABIC_PREFIX = re.compile("[\u0648\u0641]?(?:\u0628|\u0627\u0644)?")
"""and, so; with, the: one word with what follows."""
_COMPOUND_NUMBER = re.compile(
    r"\w+und(?:zwan|drei|vier|funf|sech|sieb|acht|neun)\w*zig|\w+zehn|"
    r"(?:ein|zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|zwolf|\w+zig|\w+hundert)"
    r"(?:hundert|tausend)\w*|(?:dos|tres|cuatro|seis|sete|ocho|nove)cient[oa]s|quinient[oa]s"
)
_OPPOSITE_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "mis", "miss", "de", "des", "a")


def is_negation(key: str) -> bool:
    """Whether this word (the `key` of a token) says "not", "never", "without" and the like."""
    word = folded(key)
    known = word in _NEGATIONS or _NEGATED.fullmatch(key) is not None
    return known or _is_arabic(word, _ARABIC_NEGATIONS)


def is_number(key: str) -> bool:
    """Whether this word is a number, in digits or in letters."""
    if any(character.isdigit() for character in key):
        return True
    word = folded(key)
    known = word in _NUMBERS or _COMPOUND_NUMBER.fullmatch(word) is not None
    return known or _is_arabic(word, _ARABIC_NUMBERS)


def _is_arabic(word: str, known: frozenset[str]) -> bool:
    """Alone, or with the little words that are written together with it."""
    if word in known:
        return True
    prefix = _ARABIC_PREFIX.match(word)
    return prefix is not None and any(word[n:] in known for n in range(1, prefix.end() + 1))


def same_negations(one: Sequence[str], other: Sequence[str]) -> bool:
    """Two stretches of words in each other's place deny equally often, and no word is the opposite
    of the one in its place ("able", "unable")."""
    if sum(map(is_negation, one)) != sum(map(is_negation, other)):
        return False
    if len(one) != len(other):
        return True
    pairs = zip(map(folded, one), map(folded, other), strict=True)
    return not any(
        a == prefix + b or b == prefix + a for a, b in pairs for prefix in _OPPOSITE_PREFIXES
    )


def same_numbers(one: Sequence[str], other: Sequence[str]) -> bool:
    """Two stretches of words have the same numbers, in the same order."""
    return [w for w in one if is_number(w)] == [w for w in other if is_number(w)]
