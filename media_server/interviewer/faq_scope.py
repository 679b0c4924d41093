"""Small words that change what a rule says: conditions and limits, and what is allowed or due.

Plain, as `words.plain` writes them. The first set must be in an answer exactly where it is in the
sentences that the answer draws on; of the second, an answer may have none that they have not.
"""

from __future__ import annotations

from media_server.interviewer.languages.table import words

SCOPES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "en": (
        words("""
            if unless only except until till after before within during least most depending depends
            per from between up over under above below about around roughly approximately nearly
            almost first last extra instead either without maximum minimum exactly since once
        """),
        words("""
            must should shall may might can could will would never always usually often sometimes
            every each all any some most few more less many much both another other free twice
            immediately directly even already need ought everybody everyone anybody anyone nobody
        """),
    ),
    "de": (
        words("""
            wenn falls sofern nur ausser bis nach vor innerhalb wahrend mindestens hochstens maximal
            je abhangig pro ab zwischen uber unter etwa rund circa ca ungefahr fast erst erste
            ersten letzte statt entweder ohne seit genau zusatzlich von
        """),
        words("""
            muss mussen musst soll sollen sollte darf durfen kann konnen konnte konnten wird werden
            wurde nie immer meist meistens oft manchmal jede jeder jedes jeden alle allen beide
            beides mehr weniger viele andere weitere sofort schon bereits sogar kostenlos jeweils
        """),
    ),
    "es": (
        words("""
            si salvo solo solamente unicamente excepto hasta despues antes dentro durante minimo
            maximo menos segun por desde entre sobre bajo aproximadamente casi primer primera
            primeros ultimo sin extra ademas
        """),
        words("""
            debe deben debera hay puede pueden podra podria siempre nunca suele suelen veces cada
            todo toda todos todas algun alguna cualquier mas otro otra ambos gratis inmediatamente
            incluso ya
        """),
    ),
    "fr": (
        words("""
            si sauf seulement uniquement excepte jusqu jusque apres avant dans pendant moins plus
            maximum minimum selon par entre environ presque premier premiere premiers dernier sans
            supplementaire depuis des sous sur
        """),
        words("""
            doit doivent devra faut peut peuvent pourra pourrait toujours jamais souvent parfois
            chaque tout toute tous toutes quelques autre autres gratuit gratuitement immediatement
            meme deja
        """),
    ),
    "ar": (
        words("""
            اذا الا فقط حتى بعد قبل خلال اثناء بين حوالي تقريبا اقل اكثر حسب لكل اول بدون منذ من الى
        """),
        words("""
            يجب يمكن يمكنك دائما ابدا كل جميع اي بعض غالبا احيانا سوف مجانا فورا
        """),
    ),
}
"""Language → (conditions and limits, what is allowed, due or usual)."""
