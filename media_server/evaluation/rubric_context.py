"""Whether a word of a criterion is about the work, or about who is judged by it. Pure.

"Describes how they handle an angry customer" has the same word as "Sounds angry". What is asked for
in a clause is said by its verb: somebody who explains, names or handles something is judged by
that, somebody who is, seems or sounds something by who they are. How the verb is done ("with
confidence", "fluently") is manner, and never the work. What the law protects (health, family,
belief and the like) is the work only where it is that of others, or where a work's word stands by
it: "combines work and family" is about the candidate.

For a text in lower case without accents. In doubt it is about the person: that costs whoever writes
criteria another wording, the other mistake costs somebody a job.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PROTECTED = frozenset({"age", "health", "family", "origin", "belief", "gender"})


@dataclass(frozen=True, slots=True)
class _Words:
    states: str
    """Verbs that say what somebody is like, or how they speak."""
    actions: str
    """Verbs and nouns that say what somebody is to say, know or do."""
    asks: str
    """What begins a clause about that."""
    others: str
    """Whom the work is for or done with."""
    work: str
    """What a protected word belongs to where it is work."""
    manner: str
    """What stands before how something is done."""
    adverbs: str
    own: str
    """Right before a word: it is the candidate's."""
    plain_adverbs: bool = False
    """An adjective may be an adverb as it stands."""


_WORDS = {
    "en": _Words(
        states="is|are|was|has|have|seems?|appears?|sounds?|looks?|stays?|remains?|feels?|comes?|"
        "speaks?|talks?|smiles?|shows?|displays?|demonstrates?|exhibits?|possess(?:es)?|projects?|"
        "exudes?|radiates?|express(?:es)?|conveys?|wears?|keeps?|maintains?|holds?|brings?|makes?|"
        "leaves?|gives?|creates?|fits?|shares?|belongs?|prays?|lives?|wants?|plans?|uses?|be|being|"
        "pronounces?|articulates?|dress(?:es)?|moves?|gestures?|presents?|avoids?|does|do|did|goes|"
        "loves?|enjoys?|needs?|suits?|match(?:es)?|practi[sc]es?|carries|combines?|works|"
        "inspires?|engages?|impress(?:es)?|"
        "convinces?|wins?",
        actions="(?!(?:this|always|less|plus|yes|thus|various|years?|others|was|customers|users|"
        "patients|pupils|serious|obvious|previous|across)\\b)[a-z]{3,}s|explain|describe|"
        "name|handle|"
        "knowledge|understanding|experience|familiarity|awareness|example|described|explained|"
        "named|handled|recognised|explaining|describing|naming|handling|teach|support|calm|"
        "reassure|assess",
        asks="how|what|why|when|whether|which",
        others="patients?|customers?|callers?|clients?|pupils?|students?|child|children|kids|"
        "toddlers?|teenagers?|residents?|guests?|users?|colleagues?|team|staff|parents?|relatives?|"
        "visitors?|passengers?|buyers?|consumers?|stakeholders?|employees?|people|tenants?|"
        "victims?|offenders?|witness(?:es)?|readers?|agents?|learners?|competitors?|someone|"
        "somebody|cases?",
        work="laws?|legal|polic(?:y|ies)|guidelines?|handovers?|diagnos\\w+|treatments?|"
        "care plans?|"
        "medication|discharge|surgery|lessons?|class|curriculum|hire|hiring|recruit\\w*|"
        "complaints?|harassment|negotiat\\w+|discriminat\\w+|bias|export\\w*|food|eating|insurance|"
        "tax\\w*|allowances?|under load|metrics|alcohol|rules for",
        manner="with|without|in|by|through",
        adverbs="\\w+ly",
        own="their|his|her|own|candidate's|applicant's",
    ),
    "de": _Words(
        states="ist|sind|wirkt|scheint|klingt|bleibt|spricht|hat|tritt|zeigt|strahlt|passt|fuhlt|"
        "kommt|redet|lachelt|lacht|verfugt|besitzt|macht|hinterlasst|sieht|beherrscht|halt|tragt|"
        "gehort|vermittelt|lebt|antwortet|vereint|bringt|nicht|gut|mit|seit|echt|fast|sehr|konnt|"
        "moglichst|verbindet",
        actions="(?!\\w+(?:heit|keit|schaft|tat)\\b)[a-z]{3,}t|halten|"
        "erklaren|beschreiben|kenntnis\\w*|"
        "wissen|weiss|geht|erfahrung\\w*|beispiel\\w*",
        asks="wie|was|warum|wann|ob|welche[nrs]?|woran|wen|wem",
        others="patient\\w*|kund\\w+|anrufer\\w*|klient\\w*|schuler\\w*|kind\\w*|"
        "bewohner\\w*|gast|gaste\\w*|"
        "nutzer\\w*|kolleg\\w+|team|eltern|angehorige\\w*|besucher\\w*|zielgruppe\\w*|"
        "mitarbeit\\w+|"
        "menschen|leuten?|teilnehm\\w+|mandant\\w*",
        work="gesetz\\w*|richtlinie\\w*|ubergabe|diagnose\\w*|behandlung\\w*|entlassung|"
        "arbeitsschutz|"
        "mutterschutz|unterricht\\w*|einstell\\w+|beschwerde\\w*|belastigung|verhand\\w+|"
        "diskriminier\\w*|ernahrung|symptom\\w*|arzt\\w*|brucke\\w*|verkehr\\w*|lager|kita|"
        "partei(?:en)? an|"
        "bauteil\\w*|statik",
        manner="mit|ohne|in|durch",
        adverbs="\\w+weise",
        own="(?:ihre?|seine?|eigene)[nmrs]?",
        plain_adverbs=True,
    ),
    "es": _Words(
        states="es|esta|son|parece|suena|tiene|muestra|habla|se|transmite|goza|mantiene|"
        "posee|viste|"
        "sonrie|encaja|comparte|da|usa|combina",
        actions="explica|describe|nombra|menciona|cita|cuenta|sabe|conoce|distingue|identifica|"
        "reconoce|propone|indica|atiende|maneja|trata|ensena|apoya|gestiona|calcula|resuelve|"
        "negocia|analiza|conocimiento\\w*|ejemplo\\w*",
        asks="como|que|por que|cuando|cual(?:es)?|quien(?:es)?",
        others="pacientes?|clientes?|usuari\\w+|alumn\\w+|estudiantes?|nin\\w+|residentes?|"
        "huespedes?|"
        "companer\\w+|equipo|personas|padres|familiares|visitantes?|empleados?",
        work="ley(?:es)?|normas?|protocolos?|diagnostico\\w*|tratamientos?|clases?|"
        "contrat\\w+|quejas?|"
        "acoso|negocia\\w*|discrimina\\w*|alimentacion|mercados?",
        manner="con|sin|en|de forma|de manera",
        adverbs="\\w+mente",
        own="su|sus|propi[oa]s?",
    ),
    "fr": _Words(
        states="est|sont|parait|semble|a|fait|montre|parle|s'exprime|garde|reste|possede|"
        "jouit|porte|"
        "correspond|sourit|partage|inspire|utilise|degage|concilie|repond",
        actions="explique|decrit|nomme|cite|donne|dit|mentionne|sait|connait|raconte|propose|"
        "identifie|reconnait|distingue|indique|precise|gere|traite|accueille|enseigne|calcule|"
        "negocie|analyse|connaissance\\w*|exemple\\w*",
        asks="comment|pourquoi|quand|quel(?:le)?s?|ce qu\\w*|ce que|qui",
        others="patient\\w*|client\\w*|utilisat\\w+|eleves?|etudiant\\w*|enfants?|"
        "resident\\w*|collegues?|"
        "equipe|personnes?|parents|proches|visiteurs?|salaries?|employes?",
        work="lois?|regles|protocoles?|diagnostic\\w*|traitements?|cours|recrut\\w+|"
        "embauche|plaintes?|"
        "harcelement|negoci\\w*|discrimin\\w*|alimentation|marches?",
        manner="avec|sans|d'un|d'une|de facon|de maniere|en",
        adverbs="\\w+ment",
        own="son|sa|ses|leurs?",
    ),
}  # fmt: skip
_WHO = (
    r"(?:the |der |die |el |la |le )?(?:candidate|applicant|they|he|she|bewerber\w*|"
    r"kandidat\w*|candidat\w*) "
)
_SELF = re.compile(
    r"\b(?:they|he|she|candidate|applicant)(?: \w+)? (?:are|is|were|was|have|has|had|feel|"
    r"sound|seem|"
    r"look|come|want|plan|speak|live)\b(?: \w+){0,3} ?$|\b(?:dass|ob) (?:sie|er|ihr|"
    r"ihre)(?: \w+){0,4} ?$|"
    r"\b(?:themsel\w+|himself|herself)\b"
)
_REACH = 300
"""Characters of a clause that are looked at on both sides."""
_STATE_MATCH = re.compile(r"(?:is|are|was|seems?|appears?|sounds?|looks?|feels?|being)\b")
_IMPRESSION = re.compile(
    r"^\W*(?:impression|voice|tone|manner|presence|accent|way|attitude|personality|eindruck|stimme|"
    r"auftreten|impresion|voz|impression|voix|ton)\b"
)
_DE_NOUNS = re.compile(r"energie|stimmung|grammatik|wortschatz|emotion|gefuhl|stimme")


def is_about_work(kind: str, text: str, start: int, end: int, language: str) -> bool:
    """Whether these characters, which ask about this kind of thing, belong to what somebody is to
    say or do."""
    known = _WORDS.get(language)
    if known is None:
        return False  # Arabic: only what `fine` lists in `rubric_words.toml`
    before, after = _clause(text, start, end)
    match = text[start:end].strip()
    beside = _beside(known, before, after)
    if _IMPRESSION.match(after):
        return False
    if _own(known, before) and not beside:
        return False
    if kind in PROTECTED:
        whole = f"{before} {match} {after}"
        near = re.search(rf"\b(?:{known.others}|{known.work})\b", whole) is not None
        return near and (beside or _verb(known, before) == "action")
    if _is_manner(known, before, match) and not beside:
        return False
    if _STATE_MATCH.match(match):
        return re.search(rf"\b(?:{known.others})(?: \w+)?(?: who| that)? ?$", before) is not None
    if known.plain_adverbs and not beside and not _DE_NOUNS.match(match):
        asked = re.search(rf", (?:{known.asks})\b", before)
        return asked is not None and _verb(known, before) == "action"
    return beside or _verb(known, before) == "action"


def _clause(text: str, start: int, end: int) -> tuple[str, str]:
    before = re.split(r"[.;:!?]", text[max(0, start - _REACH) : start])[-1]
    return before.lstrip(), re.split(r"[.;:!?]", text[end : end + _REACH], maxsplit=1)[0]


def _beside(known: _Words, before: str, after: str) -> bool:
    """Those whom it is about stand next to it: "angry customers", "a customer who is angry"."""
    return (
        re.match(rf" ?(?:{known.others})\b", after) is not None
        or re.search(rf"\b(?:{known.others})'?s? (?:who |that |die |der |que |qui )?$", before)
        is not None
    )


def _own(known: _Words, before: str) -> bool:
    return (
        re.search(rf"\b(?:{known.own})(?: \w+)? ?$", before) is not None
        or _SELF.search(before) is not None
    )


def _is_manner(known: _Words, before: str, match: str) -> bool:
    last = match.rsplit(maxsplit=1)[-1] if match else ""
    return (
        re.search(rf"\b(?:{known.manner})(?: \w+){{0,2}} ?$", before) is not None
        or re.fullmatch(known.adverbs, last) is not None
        or re.match(rf"(?:{known.manner})\b", match) is not None
    )


def _verb(known: _Words, before: str) -> str:
    """What the last verb says that begins a clause: "state", "action"; "": there is none."""
    found = ""
    begins = (
        rf"(?:^|, |\b(?:and|but|or|then|und|oder|aber|y|o|pero|et|ou|mais) )(?:{_WHO})?"
        r"(?:(?:can|could|able to|ability to|is able to|kann|puede|sait|also|clearly|not) )*"
    )
    for one in re.finditer(rf"{begins}(?P<verb>[\w']+)\b", before):
        if re.fullmatch(known.states, one["verb"]):
            found = "state"
        elif re.fullmatch(f"{known.actions}|{known.asks}", one["verb"]):
            found = "action"
    return found
