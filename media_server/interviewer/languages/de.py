"""German. The plain text has no umlauts: "für" is "fur"."""

from media_server.interviewer.languages.table import Table, counted, forms, pattern, words

_QUESTION = (
    "wie|was|warum|weshalb|wieso|wann|wo|wer|wen|wem|wessen|welche[rsmn]?|womit|wodurch|worin|"
    "wof\u00fcr|worum|worunter|wobei|inwieweit|weswegen|woran|worauf|wohin|woher|wonach|wovon|"
    r"wozu|wor\u00fcber|wogegen|inwiefern|wieweit"
)
_UNITS = ("-", "ein", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun")
_TENS = "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig"


def _up_to_99() -> dict[str, int]:
    found = counted("""
        null - zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn
        sechzehn siebzehn achtzehn neunzehn
    """)
    for word, tens in counted(_TENS, start=20, step=10).items():
        found[word] = tens
        found |= {f"{_UNITS[n]}und{word}": tens + n for n in range(1, 10)}
    return found


def _numbers() -> dict[str, int]:
    small = _up_to_99()
    found = {**small, "zwo": 2, "hundert": 100, "tausend": 1000, "dutzend": 12}
    for n in range(1, 10):
        found[f"{_UNITS[n]}hundert"] = 100 * n
        found[f"{_UNITS[n]}tausend"] = 1000 * n
        found |= {f"{_UNITS[n]}hundert{word}": 100 * n + k for word, k in small.items() if k}
    found |= {f"hundert{word}": 100 + k for word, k in small.items() if k}
    return found


TABLE = Table(
    stemmer="german",
    stop=words("""
        der die das des dem den ein eine einer eines einem einen kein keine keiner keines keinem
        keinen ich mich mir mein meine meiner meines meinem meinen wir uns unser unsere unserer
        unseres unserem unseren du dich dir dein deine sie ihnen ihr ihre ihrer ihres ihrem ihren er
        ihn ihm sein seine seiner seines seinem seinen es sich man dies diese dieser dieses diesem
        diesen jene jener jenes derselbe dieselbe dasselbe welche welcher welches welchem welchen
        wer wen wem was wie wo wann warum weshalb wieso womit wodurch worin wofur woran worauf wohin
        woher wonach wovon wozu woruber ob dass weil da denn wenn als wahrend bevor nachdem bis seit
        seitdem sobald sodass damit obwohl und oder aber sondern sowie auch noch nur schon mal doch
        ja nein nicht nie niemals nichts niemand sehr so zu zum zur im in ins am an ans auf aufs aus
        bei beim mit nach von vom vor fur durch uber um unter gegen ohne zwischen hinter neben ab
        hin her dort hier dann danach dabei dafur dagegen damals darin daran darauf daraus davon
        dazu dadurch daruber deshalb deswegen darum trotzdem bin bist ist sind seid war warst waren
        wart gewesen sei ware waren habe hast hat haben habt hatte hattest hatten gehabt hatte
        hatten werde wirst wird werden werdet wurde wurden worden wurde geworden kann kannst konnen
        konnt konnte konnten gekonnt muss musst mussen musste mussten soll sollst sollen sollte
        sollten will wollt darf durfen durfte durften mag mogen mochte mochten also halt eben
        eigentlich ah ahm aeh aehm oh hm na naja quasi sozusagen irgendwie einfach ganz alle alles
        allen aller jeder jede jedes jeden jedem viel viele vielen mehr meist immer oft manchmal
        wieder jemand jemanden jemandem worum wobei worunter denen deren dessen derselben denselben
        selbst selber eigen eigene eigenen bitte danke herr frau etwas einige einigen paar
        beide beiden andere anderen anderer anderes nun jetzt gerade genau genauer bereits zwar
        jedoch sonst gar bisschen etwa
    """),
    common=words("""
        erwahnt erwahnen erwahnten gesagt sagen sagten sagt erzahlt erzahlen beschreiben erklaren
        entschieden entscheiden entscheidung entschlossen gewahlt wahlen gemacht machen tun getan
        unternommen unternehmen gehen gegangen ging gingen kommen gekommen kam kamen passiert
        passieren geschehen gemerkt merken bemerkt festgestellt gefunden finden herausgefunden
        gesehen sehen geachtet achten reagiert reagieren reaktion umgegangen umgehen vorgegangen
        vorgehen gelost losen verlaufen ablaufen lauft ablauft gelernt lernen geandert andern
        verandert verandern gefuhlt fuhlen gedacht denken dachten uberlegt bewogen gebracht
        bringen veranlasst gewesen begonnen angefangen beginnen ende anfang teil rolle schritt
        schritte situation moment punkt zeit mal tag tage woche monat jahr beispiel fall grund
        grunde ergebnis folge folgen wirkung auswirkung unterschied problem schwierigkeit
        herausforderung idee weise art sache ding mensch menschen leute person gesprach erfahrung
        einzelheit einzelheiten ablauf aufgabe aufgaben ziel erste ersten erster erstes zuerst
        zweite zweiten letzte letzten nachste nachsten spater vorher nachher schliesslich konkret
        wichtig wichtiger wichtigste schwer schwierig schwierigste schwierigsten schwerste leicht
        gut besser beste schlecht richtig falsch neu gebraucht brauchen benutzt nutzen genutzt
        arbeit arbeiten gearbeitet helfen geholfen hilfe versuchen versucht weg wege mittel
        anders unterschiedlich worte wort frage teilen aufgeteilt
    """),
    negations=words("nicht kein keine keiner keines keinem keinen nie niemals nichts niemand ohne"),
    numbers=_numbers(),
    irregular=forms("""
        angenommen annehmen, nahm nehmen, genommen nehmen, gesprochen sprechen, sprach sprechen,
        geschrieben schreiben, schrieb schreiben, geschmolzen schmelzen, verstanden verstehen,
        stand stehen, standen stehen, gestanden stehen, gebracht bringen, brachte bringen, gegeben
        geben, gab geben, gaben geben, verloren verlieren, getroffen treffen, traf treffen,
        geholfen helfen, half helfen, geworfen werfen, warf werfen, gezogen ziehen, zog ziehen,
        geflogen fliegen, gelesen lesen, las lesen, gegessen essen, getrunken trinken, gefahren
        fahren, fuhr fahren, getragen tragen, trug tragen, gewonnen gewinnen, abgegangen abgehen,
        lasse lassen, gelassen lassen, liess lassen, sass sitzen, gesessen sitzen, gesetzt setzen
    """),
    accented_question_word=pattern(_QUESTION),
    accented_closed=pattern(
        "(?:und |aber )?(?:haben|hatten|sind|waren|war|ist|hat|hatte|wurde|wurden|sollten)"
    ),
    accented_joined=pattern(
        r"(?:und|oder|sowie|aber) (?:(?:auch|dann|wenn ja|falls ja|in|mit|bei|von|f\u00fcr|zu|an|"
        rf"auf|aus|nach|vor) )*(?:{_QUESTION}|ob)",
        r"(?:und|oder|aber) \w+(?:en|n) sie",
        r"(?:und|oder) (?:hat|ist|war|hatte|konnte|musste|wollte) (?:sie|er|es|das|die|der|ihr\w*)",
    ),
    leading=pattern(
        "nicht wahr", r"(?:finden|meinen|glauben|denken|wurden|hatten|sollten|mussten|wollten|"
        r"konnten) sie (?:\w+ )?nicht", r"oder \?", r"richtig \?", r"stimmt s", "ist es nicht",
        r"war (?:es|das) nicht", r"ware \w+(?: \w+)? nicht", "nicht besser", "sicherlich",
        "doch sicher", "bestimmt", "naturlich",
        r"(?:warum|weshalb|wieso) .*\b(?:weil|obwohl das|obwohl es)", "offensichtlich",
        "stimmen sie (?:mir )?zu",
    ),
    suggesting=pattern(
        "zum beispiel", "beispielsweise", "z b", "wie etwa", "vielleicht", "etwa mit", "etwa durch",
        "unter anderem", "sagen wir",
    ),
    private=pattern(
        r"wie (?:heisst|heissen|hiess\w*)", r"\w* namen? (?:der|des|ihrer|ihres) \w+",
        "krankgeschrieben", "krank geschrieben",
        r"schwanger\w*", r"religi\w+", "kirche", "moschee", "glauben sie an", r"glaubens\w*",
        r"verheiratet\w*", r"ledig", r"geschieden\w*", "ehemann", "ehefrau", "ihr(?:en|em)? mann",
        "ihrer? frau", r"familie\w*", r"familienstand\w*", r"staatsangehorig\w+",
        r"nationalitat\w*",
        r"herkunft\w*", r"ethni\w+", "hautfarbe", r"sexuell\w*", "geschlecht", r"behinder\w+",
        "wie alt", "ihr alter", r"lebensalter", r"geboren\w*", r"gewerkschaft\w*", "partei",
        r"politisch\w*", "ihr(?:en)? gehalt", r"krankheit\w*", "krank", r"erkrank\w+", "diagnose",
        r"psychisch\w*", r"depress\w+", "therapie", "vorstrafen?", r"schulden", "kinderwunsch",
        r"(?:ihre|eigene)n? (?:eigenen )?(?:kinder|eltern|mutter|gesundheit|partnerin|heimat|"
        r"wurzeln|tochter|sohne)", r"ihr(?:en|em)? (?:vater|kind|sohn|partner|privatleben|"
        r"akzent|heimatland|korper|gewicht)", r"haben sie (?:\w+ )?(?:kinder|nachwuchs)",
        r"woher (?:kommen|stammen) sie", "muttersprache", "elternzeit", "mutterschutz",
        r"ihr\w* (?:\w+ )?bab(?:y|ys)", r"verdien(?:en|te|ten|t|st)",
        r"\w*gehalt\w*", "lohn", "stundenlohn", r"einkommen\w*", r"ihre? (?:bezahlung|ersparnisse)",
        r"wurden sie bezahlt", r"\w*telefonnummer\w*", r"handynummer\w*", r"kontonummer\w*",
        r"passwor\w+", r"nachname\w*", r"familienname\w*", "anschrift", "wohnadresse",
        "geburtsdatum",
        r"wo (?:wohn|leb)\w+ \w+", r"(?:als|fur eine?|typisch) (?:\w+ )?(?:frau|mann|madchen|"
        r"mutter|"
        r"vater|auslander\w*|turk\w+|arab\w+|pol\w{1,2}|russ\w{1,3}|muslim\w*|christ\w*|jud\w+|"
        r"altere\w* \w+|junge\w* \w+)", "eine frau wie", "ein mann wie", "betrunken", "drogen",
        "schwul",
        "lesbisch",
    ),
    promise=pattern(
        r"sie werden (?:hier|bald|dann|auch|sicher|bei)",
        r"wir (?:werden|wurden|stellen|bieten|konnen|mochten|wollen|freuen|versprechen|geben)",
        r"ich (?:verspreche|garantiere|werde)", "bei uns", "hier bei uns", r"versprech\w+",
        r"garantier\w+", r"eingestellt", "einstellen",
        "stellenangebot", "jobangebot", r"gluckwunsch", "willkommen im team", "nachste runde",
        r"sie (?:bekommen|erhalten) (?:die|den|das|ein\w*) (?:stelle|job|vertrag|angebot)",
    ),
    grading=pattern(
        r"noten?", r"bestnoten?", r"punktzahl\w*", r"(?:volle|hochste) punkte", r"bewert\w+",
        r"anweisung\w*", r"ignorier\w*", "vergiss", "vergessen sie", r"beurteil\w+", "prufer",
        r"geben sie mir", "gib mir", "interviewer", "system", "assistent",
    ),
    judgement=pattern(
        r"das (?:ist|war|klingt) (?:ja |aber )?(?:sehr|wirklich|wahrlich) \w+",
        r"sehr (?:gut|schon|klug|beeindruckend|interessant|spannend)\w*", r"toll\w*", "super",
        "prima", r"ausgezeichnet\w*", r"beeindruck\w+", r"spannend\w*", r"interessant\w*", "klasse",
        r"hervorragend\w*", "wunderbar", "perfekt", "grossartig\\w*", "bravo", "gut gemacht",
        "gut gelost", r"(?:gute|schone|kluge|starke|schwache|schlechte|falsche|richtige)[rsnm]? "
        r"(?:antwort|idee|losung|beispiel|entscheidung|ansatz|reaktion|wahl)", "klingt \\w+",
        r"das (?:ist|war) (?:\w+ )?(?:gut|richtig|falsch|schlecht|klug|wichtig)", "leider falsch",
        "das reicht nicht", "klug von ihnen", "gefallt mir",
    ),
    neutral=words("""
        verwenden verwendet sprechen reden geredet fragen gefragt prufen gepruft kontrollieren
        kontrolliert vorbereiten vorbereitet teilen vorstellen vorgestellt ankundigen angekundigt
        uberzeugen uberzeugt einigen geeinigt besprechen besprochen absprechen abgesprochen testen
        organisieren organisiert einfuhren eingefuhrt verfolgen erinnern zeigen gezeigt planen
        geplant erwarten erwartet warten beobachten beobachtet zuhoren horen gehort lesen schreiben
        anrufen informieren informiert team kollege kollegin kollegen kolleginnen ausserdem
        stattdessen allein gemeinsam zusammen taglich regelmassig heute lange schnell klar
        beitragen beitrag anwenden vergleichen auswahlen hinzufugen sammeln sicherstellen antworten
        antwort verstehen aufteilen verteilen ubergeben unterstutzen meinung gedanken wissen
        information reihenfolge plan regel methode dauern gedauert wirken klaren geklart abstimmen
        anpassen angepasst verbessern verhindern umsetzen umgesetzt beteiligt stehen bleiben stress
        suchen gesucht normalerweise ublicherweise
    """),
    accented_asks=pattern(
        rf"(?:(?:und|oder|aber) )?(?:(?:in|mit|bei|von|f\u00fcr|zu|an|auf|aus|nach|vor) )?"
        rf"(?:{_QUESTION})(?: (?:lange|oft|viele?|genau|schnell))? (?:hat|haben|hatten?|ist|sind|"
        rf"war|"
        r"waren|wurden?|kam|kamen|ging|gingen|lief|gab|macht\w*|konnten?|k\u00f6nnen|w\u00fcrden?|"
        r"werden|wird|sagten?)",
        r"(?:haben|hatten|hat|hatte|sind|ist|waren|war|w\u00fcrden|konnten|k\u00f6nnen) "
        r"(?:sie|er|es|das|die|der)",
    ),
    supposed=pattern("wenn", "falls", "hatten?", "waren?"),
    told_to_you={
        "mein": "ihr", "meine": "ihre", "meiner": "ihrer", "meinen": "ihren", "meinem": "ihrem",
        "unser": "ihr", "unsere": "ihre", "unseren": "ihren", "unserem": "ihrem", "ich": "sie",
        "wir": "sie",
    },
    rude=pattern(
        r"idiot\w*", r"dumm\w*", r"blod\w*", r"bescheuert\w*", r"depp\w*", r"trottel\w*",
        r"arsch\w*", r"scheiss\w*", r"scheisse\w*", "mist", r"verdammt\w*", r"fick\w*",
        r"\w*fotze\w*",
        r"hure\w*", r"schlampe\w*", r"wichser\w*", "kuh", "sau", "schwein", "esel",
        r"faul(?:e[rsnm]?|heit|pelz\w*)?", r"feig\w*", r"unfahig\w*", r"lacherlich\w*",
        r"nutzlos\w*", r"versager\w*", r"schlampig\w*", r"peinlich\w*", "schamen sie",
        r"(?:wie|was) konnten sie (?:nur|bloss|so)", r"(?:warum|wieso|weshalb|wie) (?:sind|waren|"
        r"konnen|konnten) (?:sie|die) (?:so|zu|derart)", "um himmels willen", "zum teufel",
    ),
    familiar=pattern("du", "dich", "dir", r"dein\w{0,2}", "euch", r"eu(?:re|ren|rem|rer|er)"),
    title=pattern(r"(?:herrn?|frau|doktor|dr|professor) (\w+)"),
    capitals_are_names=False,
)  # fmt: skip
