"""What is said to "Would you like to hear it?" and "Did I get that right?". Pure."""

from __future__ import annotations

from typing import Literal

from media_server.interview.key_sentences import words_of
from media_server.interview.replies import reply

MAX_WORDS = 8
_RIGHT = {
    "en": "yes yeah yep sure ok okay right correct exactly perfect good fine great absolutely",
    "de": "ja jawohl genau richtig stimmt korrekt passt gut perfekt prima super einverstanden okay "
    "ok gerne gern",
    "es": "sí si correcto exacto bien perfecto vale claro cierto ok okay",
    "fr": "oui ouais exact exactement correct bon bien parfait juste ok okay volontiers accord",
    "ar": "نعم أجل صحيح تمام حسنا ممتاز بالتأكيد طبعا",
}
_NO = {
    "en": "no nope nah not nothing none",
    "de": "nein nee nö nicht nichts",
    "es": "no nada",
    "fr": "non pas rien",
    "ar": "لا ليس كلا",
}
_BESIDE = {
    "en": "that's that is it's it was all everything looks sounds you got i think thanks thank you "
    "very please quite like would to hear read them go ahead for me else more need want wrong so "
    "far as need no else and well um uh oh just do want",
    "de": "das ist so alles es war danke vielen dank bitte sehr finde glaube ich denke soweit "
    "schon hören lesen vorlesen brauche mehr weiter äh ähm mir möchte will falsch",
    "es": "eso es está todo así gracias muy por favor creo que de acuerdo más oír leer "
    "quiero hace falta mal",
    "fr": "c'est ce n'est tout est très merci beaucoup s'il vous plaît je crois que "
    "d'accord l'entendre de plus faux besoin ça me va",
    "ar": "هذا كل شيء شكرا جزيلا من فضلك جدا كله أريد أن أسمع ذلك",
}
_ENOUGH = {
    "en": "nothing none else more wrong all everything",
    "de": "nichts mehr falsch alles",
    "es": "nada más mal todo",
    "fr": "rien plus faux tout",
    "ar": "شيء كل كله",
}
"""With "no", in reply to "is there anything wrong?": all is well."""
Said = Literal["yes", "no", "enough"]


def said(text: str, locale: str) -> Said | None:
    """enough: there is no more to correct. None: it says something else. English is understood in
    every language."""
    words = words_of(text)
    if not words or len(words) > MAX_WORDS:
        return None
    language = locale.partition("-")[0].casefold()
    for table in (language, "en"):
        if (found := _by(table, words)) is not None:
            return found
    plain = reply(text, locale)
    return None if plain == "answer" else plain


def _by(language: str, words: list[str]) -> Said | None:
    right, no, beside, enough = (
        frozenset(table.get(language, "").split()) for table in (_RIGHT, _NO, _BESIDE, _ENOUGH)
    )
    spoken = set(words)
    if not spoken <= right | no | beside | enough or not spoken & (right | no | enough):
        return None
    if spoken & no:
        # "No, that's right" and "no, nothing" have no more to correct; "not right" has.
        if spoken & enough or (words[0] in no and spoken & right):
            return "enough"
        return "no"
    return "yes" if spoken & right else "enough" if spoken & enough else None
