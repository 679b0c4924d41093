"""German. How phrases are written stands in `phrases.py`, what the fields mean in `table.py`.

Without umlauts, as the words are compared: "höre" is "hore", "weiß" is "weiss".
"""

from __future__ import annotations

from media_server.interview.spoken_requests.table import (
    Table,
    groups,
    phrases,
    polite,
    requests,
    words,
)

SPELLINGS = {
    "nochmal": "noch", "nochmals": "noch", "einmal": "noch", "erneut": "noch", "gehts": "geht es",
    "ists": "ist es", "wars": "war es", "habs": "habe es", "weiss's": "weiss", "hab": "habe",
    "versteh": "verstehe", "hor": "hore", "brauch": "brauche", "ne": "eine", "nen": "einen",
    "is": "ist", "nix": "nichts", "mikro": "mikrofon", "mikrophon": "mikrofon", "1": "eine",
    "du": "sie", "dich": "sie", "dir": "ihnen", "dein": "ihr", "deine": "ihre",
    "kannst": "konnen", "konntest": "konnten", "wurdest": "wurden", "hast": "haben",
    "meinst": "meinen", "sprichst": "sprechen", "redest": "reden", "bist": "sind",
    "horst": "horen", "willst": "wollen", "mochtest": "mochten", "wiederhole": "wiederholen",
    "sprich": "sprechen", "augenblick": "moment", "sekunde": "moment", "minute": "moment",
    "sekundchen": "moment", "momentchen": "moment", "minuten": "moment", "sekunden": "moment",
    "gesprach": "interview", "vorstellungsgesprach": "interview",
    "bewerbungsgesprach": "interview", "unterhaltung": "interview", "okee": "okay",
    "interviews": "interview",
}  # fmt: skip
"""The familiar form and the polite one are one."""
FILLERS = words("""
    bitte ah ahm ahem ehm eh em hm hmm mhm uh um oh ach also mal denn eigentlich leider vielleicht
    gerade kurz doch halt eben nur entschuldigung sorry verzeihung einfach wirklich ehrlich sehr
    ganz okay ok na tja naja freundlicherweise eventuell wohl schon jetzt momentan irgendwie grad
    nun komplett richtig genau
""")
GROUPS = groups("""
you:
    (konnen|konnten|wurden|wollen|mochten) sie
    [ware|ist|war] (es|das) moglich [dass sie|wenn sie|dass wir]
    [es] ware (nett|gut|schon|toll) wenn sie|(darf|kann|konnte) ich sie bitten
    sie (konnen|konnten|mussten|mussen)
may:
    (konnen|konnten|durfen|wollen|sollen|sollten) wir|(kann|konnte|darf|durfte|soll) ich
    lassen sie uns|(ist|ware) es moglich [dass wir|dass ich|wenn wir]|geht es dass wir
    wir (konnen|konnten|sollten)
want:
    ich (mochte|will|wurde|wurde gern|wurde gerne|wurde lieber|mochte gern|mochte gerne|mochte
        lieber|muss|musste)
it:
    [mir|uns|ihnen] (das|es|dies|die [letzte|ganze|aktuelle] frage|diese frage|ihre frage|diese|
        die|was sie gesagt haben|den satz|was sie (meinen|wissen wollen|damit meinen))
again:
    noch|wieder|ein zweites mal|ein weiteres mal
bit:
    (ein|eine) (bisschen|wenig|stuck|spur)|etwas|bisschen|viel
mid:
    [mir|uns] [<again>] [<it>] [<again>] [<bit>]
end:
    (den|der|das|die) letzten [teil|satz|abschnitt|wort|worte|worter|halfte|stuck] [der frage|
        davon]
    (den|der|das|die) (letzte|zweite|zweiten) (teil|satz|wort|halfte|stuck|worte) [der frage|
        davon]
    (das ende|den schluss|der schluss|den rest|der rest) [der frage|davon|vom satz]|das letzte
    zum schluss
simpler:
    (anders|einfacher|verstandlicher|leichter)
    (in|mit) [<bit>] (anderen|einfacheren|einfachen|eigenen|leichteren) worten
    auf (eine andere|andere) (weise|art)|in (einfacher|leichter) sprache
next:
    [zur|zu der|die|der|mit der|eine] ((nachsten|nachste) [frage|thema]|(anderen|andere) frage)
    (zum nachsten|was anderes|zu etwas anderem|etwas anderes) [thema|punkt]
about:
    dazu|daruber|darauf|zu (dem|diesem|der|dieser) (thema|frage)|auf (die|diese|das) [frage]|das
    die frage|diese frage|davon
moment:
    [einen|eine|ein|einige|ein paar|noch] [kleinen|kurzen|kleine|kurze] moment
    (etwas|ein bisschen|mehr|ein wenig) zeit
talk:
    (sprechen|reden|telefonieren|verbunden werden|unterhalten)
person:
    [mit] (jemandem|jemanden) [echtem|vom team|aus der firma|von ihnen|anderem]
    [mit] (einem|einer|einen|ein|eine|dem) [echten|richtigen|realen|wirklichen|echte|echter|
        richtige] (mensch|menschen|person|mitarbeiter|recruiter|personaler|ansprechpartner|
        kollegen)
device:
    [mein|meine|der|die|das|ihr|ihre] (mikrofon|ton|internet|internetverbindung|verbindung|kamera|
        headset|kopfhorer|lautsprecher|netz|wlan|leitung|bildschirm|seite|computer|laptop|handy|
        akku|browser|bild)
said:
    was ich [bisher] gesagt habe|was sie verstanden haben|das|es|meine (antwort|antworten)|das
        gesagte|alles
there:
    [konnen|konnten] (horen sie mich|sie mich horen|man mich horen)|sind sie [noch] (da|dran|hier)
    ist [da] (jemand|wer) [da]|bin ich zu horen
""")
AROUND = phrases("""
    ja|nein|nee|so|und|aber|oder|dann|danke [schon|sehr]|vielen dank|hallo
    guten (tag|morgen|abend)|hi|gut|(es tut|tut) mir leid|entschuldigen sie|verzeihen sie
    wenn (das|es) (geht|moglich ist)|fur mich
    (das ist|ist) eine (gute|schwierige|schwere|interessante) frage|gute frage|(gesagt|gesprochen)
    hier|da|ich glaube|ich denke|mein deutsch ist nicht [so] gut|weil|dass|zu der frage|zur frage
    warten sie|ich war abgelenkt|es (ist|war) (laut|zu laut) hier|gern|gerne|lieber|noch|auch
    zuerst|trotzdem|heute
""")
ASKED = requests("""
repeat:
    <you> (<mid>) (wiederholen|vorlesen|stellen|wiederholen konnten|wiederholen wurden|abspielen)
    <you> [mir|uns] (<again> [<it>]|<it> <again>) (sagen|fragen|lesen)
    (kann|konnte|darf) ich (<it> <again>|<again> <it>|<it>) (horen|haben)
    sagen sie (<it> <again>|<again> <it>)|wiederholen sie (<mid>)
    (stellen|lesen) sie (die|mir die) frage <again> [vor]
repeat_last:
    <you> [mir] [<again>] <end> [<again>] (wiederholen|sagen|vorlesen)
    wiederholen sie [<again>] <end> [<again>]|(kann|konnte) ich <end> [<again>] (horen|haben)
rephrase:
    <you> (<mid>) [<simpler>] (erklaren|erlautern|umformulieren|verdeutlichen|vereinfachen|
        prazisieren|konkretisieren) [was (sie|damit|das) * [meinen|ist|bedeutet]]
    <you> (<mid>) <simpler> (sagen|formulieren|ausdrucken|fragen|stellen|erklaren|machen)
    <you> [mir] (ein beispiel|mehr informationen|mehr details) (geben|nennen)
    <you> genauer (sagen|erklaren) [was sie *]
    (erklaren|formulieren|erlautern) sie (<mid>) [<simpler>]
    <you> mir sagen was (sie meinen|* (bedeutet|heisst|ist))
slower:
    <you> (<mid>) (langsamer|langsam) [und deutlicher] (sprechen|reden|sagen|wiederholen|vorlesen|
        machen)
    <you> nicht so schnell (sprechen|reden)|(sprechen|reden) sie [<bit>] (langsamer|langsam)
    (sprechen|reden) sie nicht so schnell
louder:
    <you> (<mid>) lauter [und deutlicher] (sprechen|reden|sagen|wiederholen|machen|stellen)
    (sprechen|reden) sie [<bit>] lauter
    <you> (den ton|die lautstarke) [<bit>] (lauter stellen|lauter machen|erhohen|aufdrehen)
    <you> lauter werden|geht (es|das) [auch] [<bit>] lauter
skip:
    <may> [<it>] (uberspringen|auslassen|weglassen)
    <may> <next> [ubergehen|gehen|springen|kommen|weitergehen|machen|weitermachen|haben|wechseln|
        uber gehen]
    <may> (weitergehen|weitermachen|weiter gehen|weiter machen)|<may> weiter [gehen|machen]
    gehen wir [weiter] <next> [uber]|machen wir [weiter] <next> [weiter]|lassen wir <it> [aus|weg]
    <you> <it> (uberspringen)|<you> [mir] <next> (stellen|fragen)|stellen sie [mir] <next>
    <you> <next> (gehen|ubergehen)
think:
    <may> [<moment>] [daruber] (nachdenken|uberlegen|haben)|<you> mir [<moment>] (geben|lassen)
not_finished:
    <may> [<again>] (zur|zu der|zu meiner) (letzten|vorherigen|vorigen|ersten) (frage|antwort)
        [<again>] [zuruck|zuruckgehen|zuruckkommen|etwas sagen|etwas erganzen]
    <may> [dazu|noch] [etwas] (erganzen|hinzufugen|anfugen|ausreden)
    lassen sie mich (ausreden|fertig sprechen)
pause:
    <may> [eine|ne] [kleine|kurze] pause (machen|einlegen|haben)
    <may> [<it>|das interview] [<moment>] (unterbrechen|pausieren|anhalten)
    machen wir [eine] [kleine|kurze] pause
leave:
    <may> [das|dieses] interview (beenden|abbrechen|stoppen|verlassen)
    <may> (hier|<it>) (aufhoren|abbrechen|beenden)
human:
    <may> [auch] <person> [direkt|personlich] <talk>
    gibt es (jemanden|einen menschen) mit dem ich [direkt|personlich] <talk> kann
    (sind sie|ist das|spreche ich mit) (ein|eine|einem|einer) (roboter|computer|maschine|mensch|
        menschen|ki|echter mensch|echte person|ki stimme)
    <you> mich <person> verbinden
summarise:
    <you> [bitte|mir] [kurz] [<said>] [bisher|bis jetzt|noch mal|kurz] zusammenfassen [was ich
        gesagt habe|was sie verstanden haben]
    fassen sie [bitte|mir] [kurz] [<said>] [bisher|bis jetzt|noch mal|kurz] zusammen [was ich
        gesagt habe|was sie verstanden haben]
    <may> eine [kurze] zusammenfassung (haben|horen|bekommen)
    was haben sie [bisher|bis jetzt|so weit|davon] (verstanden|notiert|aufgeschrieben)
interviewer_question:
    <may> [sie|ihnen] [auch|noch] [etwas|eine frage|was|einige fragen|ein paar fragen] (fragen|
        stellen)
    (wie hoch ist|was ist) (das|der|die) (gehalt|lohn|bezahlung|stundenlohn)
    (was|wie viel) (verdient|verdiene) (man|ich) [hier|da]
    wie lange (dauert|geht) (das|es|dieses) [interview|noch] [noch]
    wie viele fragen (kommen|sind es|gibt es|haben sie) [noch]
    wann (hore|bekomme|erfahre) ich [von ihnen|eine (antwort|ruckmeldung)|bescheid|etwas]
    wie geht es [danach|weiter]|wird (das|dieses|das interview) [interview] aufgezeichnet
""")
STATED = requests("""
repeat:
    (was|wie) (war|ist|lautet|lautete) (die|ihre) [letzte] frage [<again>]
    was (haben sie|war) [<again>] (gesagt|gefragt|das)
    ich habe (<it>|sie|akustisch) nicht [<it>] [ganz] (gehort|mitbekommen|verstanden|mitgekriegt)
    (<it>) habe ich [akustisch] nicht [gehort|mitbekommen|verstanden|mitgekriegt]
    ich habe nicht (zugehort|aufgepasst|mitbekommen was sie * haben)
    ich habe [<it>] (verpasst|vergessen)|ich habe die frage nicht
    ich (mochte|wurde) [gern|gerne] (<it> <again>|<again> <it>) horen|<there>|was sagten sie
repeat_last:
    was (war|haben sie) <end> [gesagt|gefragt]
    ich habe <end> nicht (gehort|verstanden|mitbekommen)
    <end> habe ich nicht (gehort|verstanden|mitbekommen)
    ich habe nur (die halfte|den anfang|den ersten teil) (gehort|verstanden|mitbekommen)
rephrase:
    was meinen sie [mit *|damit]|wie meinen sie (das|es)|was (heisst|bedeutet) (das|*)
    was ist (damit|mit *) gemeint
    ich verstehe [<it>|sie] nicht [ganz] [was (sie|damit|gemeint) * [wollen|meinen|ist]|was sie
        (meinen|wollen)|was gemeint ist|<it>]
    ich (verstehe|weiss) nicht was (sie * [wollen|meinen]|damit gemeint ist|sie (meinen|wollen))
    was (wollen|mochten) sie [von mir|genau] [wissen|horen]
    (<it>) (verstehe ich nicht|ist [mir] (unklar|nicht klar|zu kompliziert|zu schwer))
    ich bin [etwas] verwirrt|worauf wollen sie hinaus|ich kann mit der frage nichts anfangen
    was soll das (heissen|bedeuten)
slower:
    sie (sprechen|reden|sind) [<bit>] (zu|so) schnell [fur mich]
    das (war|ist|ging) [mir] [<bit>] zu schnell [fur mich]|ich komme nicht (mit|hinterher)
louder:
    (sie|das) (sind|sprechen|ist) [<bit>] zu leise|(ton|lautstarke) lauter
cannot_hear:
    ich (hore|verstehe) sie [akustisch] [<bit>] (nicht [gut|mehr]|schlecht|kaum|fast nicht|zu
        leise|so leise)
    ich kann sie [akustisch] [<bit>] (nicht [gut|mehr]|schlecht|kaum|fast nicht) (horen|verstehen)
    ich hore (nichts|gar nichts|keinen ton)|ich kann nichts horen
    (ich habe|es gibt|es kommt) (keinen|kein) ton [hier]
    (ihre stimme|der ton|sie) (ist|sind) [<bit>] [zu|so] (leise|abgehackt|weg|schlecht|undeutlich|
        unverstandlich)
    (ihre stimme|der ton) (setzt aus|bricht ab)
skip:
    <want> [<it>] (uberspringen|auslassen|weglassen)
    <want> <next> [gehen|weitergehen|ubergehen|haben|weitermachen]|<want> weitermachen
    (<about>) (mochte|will|kann|wurde) ich [gern|gerne|lieber] (nichts|nicht) [sagen|antworten|
        beantworten|reden|sprechen|erzahlen]
    ich (mochte|will|wurde) [<about>] [gern|gerne|lieber] [<about>] (nichts|nicht) [<about>]
        (sagen|antworten|beantworten|reden|sprechen)
    (das|es) (ist|ware) mir (zu|zu sehr) (privat|personlich)|dazu sage ich nichts|kein kommentar
    uberspringen sie (<it>)
no_idea:
    ich weiss [<it>] nicht [was ich (sagen|antworten|dazu sagen) soll]
    ich weiss keine antwort [darauf|dazu]|(<it>) weiss ich nicht|weiss ich nicht
    (<about>) habe ich keine (antwort|ahnung|idee|meinung)
    ich habe [<about>] keine (ahnung|idee|antwort|meinung) [davon|dazu|darauf]
    (da|mir|dazu) fallt [mir] [da|dazu] nichts ein
    mir fallt [da|dazu] (nichts|kein beispiel|keine antwort) ein
    ich kann (<about>) nicht beantworten|ich kann dazu nichts sagen|dazu kann ich nichts sagen
    ich bin (uberfragt|ratlos)|da bin ich uberfragt
not_finished:
    ich (bin|war) noch nicht fertig [mit (meiner|der) antwort]|ich (bin|war) nicht fertig
    sie haben mich (unterbrochen|abgeschnitten)
    ich habe noch nicht (fertig|ausgeredet|zu ende gesprochen)
    ich (mochte|will|wollte|wurde gern) [zur|zu der|zu meiner] [letzten|vorherigen|vorigen]
        [frage|antwort|dazu] (noch [etwas|was]|etwas) [dazu] (erganzen|hinzufugen|sagen|anfugen)
    <want> [<again>] (zur|zu der|zu meiner) (letzten|vorherigen|vorigen|ersten) (frage|antwort)
        [<again>] (zuruck|zuruckgehen|zuruckkommen)
    zuruck zur (letzten|vorherigen|vorigen) frage
pause:
    ich (brauche|mochte|muss|will|brauchte) [eine] [kleine|kurze] pause [machen]|<want> pausieren
    ich muss (auf die toilette|ans telefon|an die tur|ein glas wasser holen|etwas trinken)
    es (klingelt|hat geklingelt|klopft)|ich bin gleich (zuruck|wieder da)|es ist jemand an der tur
leave:
    <want> [das|dieses] interview (beenden|abbrechen|stoppen|verlassen)
    <want> [hier] (aufhoren|abbrechen)|ich muss (gehen|weg|los)
    ich (mochte|will|kann) (nicht|hier nicht) (weitermachen|mehr|weiter)
    (beenden|stoppen) sie das interview|ich breche [das interview|hier] ab
human:
    <want> [gern|gerne|lieber] <person> [direkt|personlich] <talk>
    ich (mochte|will) nicht mit (einem roboter|einer maschine|einem computer|einer ki) <talk>
interviewer_question:
    ich (habe|hatte) [noch|auch] (eine|noch eine|einige|ein paar) (frage|fragen) [an sie|fur sie|
        zu *]
trouble:
    (<device>) (ist|sind) [<bit>] [zu] (schlecht|weg|kaputt|instabil|langsam|abgebrochen|
        ausgefallen|leer|fast leer|stumm|eingefroren|unterbrochen)
    (<device>) (funktioniert|geht|hangt|ladt|spinnt|streikt|bricht ab|fallt aus|hakt) [nicht|
        standig|immer wieder] [mehr|ab|aus]
    ich habe [ein|gerade] [technische|technisches|technischen] (problem|probleme|schwierigkeiten)
        mit (<device>)
    ich habe [ein|eine] (technisches problem|technische probleme|tonprobleme|verbindungsprobleme|
        technische schwierigkeiten|internetprobleme|storung)
    mit (<device>) stimmt etwas nicht|ich hore ein echo|ich hore mich selbst
    ich (bin|war) (rausgeflogen|getrennt worden)
""")
ALONE = requests("""
repeat:
    <again>|[die] frage <again>|wie|was|wie war das|(wiederholen|wiederholung)|hallo
    (<it>) <again>|<again> <it>|pardon|wie meinten sie|nicht verstanden
    ich habe nicht [akustisch] verstanden
repeat_last:
    <end> <again>|<again> <end>
rephrase:
    erklarung|erklaren|ich verstehe nicht
slower:
    [<bit>] langsamer|nicht so schnell
louder:
    [<bit>] lauter
cannot_hear:
    kein ton
skip:
    <next>|weiter <next>|uberspringen [<next>]|[<it>] uberspringen|passe|ich passe
no_idea:
    keine (ahnung|idee|antwort)|nicht sicher was ich sagen soll
think:
    <moment> [noch] [zum (nachdenken|uberlegen)]
    (geben|lassen) sie mir <moment> [zum (nachdenken|uberlegen)]
    (lassen sie mich|ich muss|da muss ich|muss ich|ich mochte) [<moment>] [daruber] (nachdenken|
        uberlegen)
    ich (uberlege|denke [daruber] nach|brauche <moment>)
    lass mich [<moment>] (nachdenken|uberlegen)|mal uberlegen|uberlegen|warten sie [<moment>]
pause:
    [eine|kleine|kurze] pause
leave:
    tschuss|auf wiedersehen
human:
    (<person>) <talk>
trouble:
    technische probleme|technisches problem
""")
DOUBTFUL = requests("""
repeat_last:
    <end>
rephrase:
    (ein|zum) beispiel|<simpler>
skip:
    lieber nicht|etwas anderes|was anderes|weiter
slower:
    langsam
leave:
    ende|stopp|abbrechen|aufhoren
human:
    <person>|mensch
""")
QUESTIONS = phrases("""
    (haben|bieten|sind|ist|gibt|kann|muss|darf|wird|werden|suchen|arbeiten|wurden|konnen) (sie|es|
        die|der|das|ich|man|diese|dieser|wir)
    (wann|wo|warum|wieso|wer|welche|welcher|welches|wie) [viele|viel|lange|oft|gross|hoch] (ist|
        sind|haben|beginnt|fangt|bekommt|kann|muss|wird|werden|arbeitet|arbeiten|geht)
""")
TELLING = words("""
    gefragt fragte fragt sage sagt sagte gesagt erzahlt immer meistens oft manchmal nie kunde
    kunden kundin gast gaste patient patienten kollege kollegen chef chefin team lehrer kinder
    leute jemand man er ihn ihm wir unser unsere jahr jahre jahren woche monat wenn wann als bevor
    nachdem bis projekt experiment damals fruher gelernt gearbeitet telefon arbeit job server
    anfang ausbildung rief angerufen
""")
DE = Table(
    fillers=FILLERS,
    spellings=SPELLINGS,
    groups=GROUPS,
    around=AROUND,
    asked=ASKED,
    stated=STATED,
    alone=ALONE,
    doubtful=DOUBTFUL,
    questions=QUESTIONS,
    telling=TELLING,
    linking=words("ist war sind waren bedeutet heisst wurde"),
    joining=words("und aber weil oder denn also"),
    polite=polite("""
        vielen dank
        ehrlich gesagt
        wenn es geht
    """),
)
