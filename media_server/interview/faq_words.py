"""The words by which a question is compared with a FAQ, by language.

Everything is written without accents, as `spoken_requests.words.folded` makes it; a word stands
for all words of its stem. A language without a table is compared word by word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from media_server.interview.spoken_requests.table import words

Asks = Literal["when", "how_long", "where", "who", "how_much", "size", "how_often", "why"]
"""What a question wants to know, where its form tells. "What" and "can I" tell nothing."""


@dataclass(frozen=True, slots=True)
class Words:
    stemmer: str
    """Its name in snowballstemmer."""
    empty: str
    """Words that say nothing of what a question is about: "the", "would", "job"."""
    negations: str
    tags: str
    """At the end of a question they only ask for assent: "right?"."""
    asks: Mapping[Asks, str]
    """The beginnings of a question that tell what it wants, one a line: "how long"."""
    subjects: str
    """Different words for one thing, a line each: a name, what may be asked of it, and the
    wordings, separated by commas."""
    begins: str
    """How a question begins that has no question mark, as a pattern: what begins no statement and
    no clause, such as "when do" and not "when"."""


EN = Words(
    stemmer="english",
    empty="""
        a an the this that these those there here it its is are was were be been being am will per
        would shall should can could may might must do does did done have has had having get gets
        got i me my mine we us our you your yours they them their he she him her his someone one
        getting anybody anyone somebody people person everyone and or but so if then than of for to
        in on at by with about as into from up out over um uh er hmm like just well okay ok yes yeah
        oh actually really maybe perhaps please thanks thank sorry hi hello kind sort guys what
        which how much many long when where who whom whose why any some also too more most very
        quite tell know wonder wondering ask question curious say let possible possibly able allow
        allowed go going offer provide give think exactly usually normally generally job position
        role company employer work working works worked employee employees candidate s t d ll m re
        ve ca wo now roughly approximately around big large last lasts take takes specific look
        looks end date dates own need needs
    """,
    negations="not no never without none nothing nobody cannot cant dont wont isnt doesnt",
    tags="right no yes correct",
    asks={
        "when": """
            when|how soon|by when|what time|until when|how quickly|how fast|what date|which date
            since when|how long until|how long before|how long does it take to
        """,
        "how_long": "how long",
        "where": "where|what address|which address|which city|what city|which location",
        "who": "who|whom|whose",
        "how_much": """
            how much|how many|how high|what number|what percentage
        """,
        "size": "how big|how large|what size|how many people|how many colleagues",
        "how_often": "how often|how many times",
        "why": "why|what for|how come|for what reason",
    },
    subjects="""
        nothing=: at the beginning, in the beginning, at the start, a year, per year, a month,
            per month, in the first place, for this position, on top of that
        salary=how_much: salary, pay, paid, wage, wages, earn, earnings, compensation, remuneration,
            income, paycheck, make in a year, make a year, make per year, money
        remote=: work from home, working from home, work at home, working at home, home office,
            homeoffice, remote, remotely, from home, telework, telecommute
        hours=when how_long how_much: working hours, working time, work hours, office hours,
            hours a week, hours per week, hours, working day
        answer=when how_long: hear back, hear from you, hear from someone, hear anything,
            get back to me, get back to us, feedback, get an answer, get a reply, get a response,
            get a decision, let me know, be in touch, get in touch, contact me, know the result,
            know the outcome, decide, decision
        holiday=how_much: holiday, holidays, vacation, vacations, annual leave, paid leave,
            days off, time off, days of holiday, days of vacation, holiday days, vacation days,
            holiday entitlement
        probation=when how_long: probation period, probationary period, probation, trial period
        start=when: start date, starting date, start working, start work, start, begin, beginning
        place=where: office, workplace, place of work, located, location, address, based
        overtime=: overtime, extra hours
        weekend=: weekend, weekends, saturday, saturdays, sunday, sundays
        parking=: parking, park, car park, parking lot, parking space
        childcare=: nursery, childcare, kindergarten, day care, daycare, creche
        training=: training, trained, onboarding, induction
        notice=when how_long: notice period, period of notice
        team=: team, colleagues, coworkers
        children=: child, children, kids, kid
        pension=: pension, retirement plan
        travel=: business trip, business trips, travel, traveling, travelling
    """,
    begins=r"""
        (?:what|which|where|who|why|how (?:much|many|long|big|large|soon|often|far|high))\b
        (?! (?:i|we|you|they|he|she|it|the|a|an|my|our|your|their|this|that|these|those)\b)|
        when (?:is|are|do|does|can|could|will|would|should|am)\b|(?:what|how|when|where|who)s\b|
        (?:is|are|do|does|can|could|will|would|should|am|may|must|have|has) (?:i|you|we|there|it|
        the|your|my|this|they)\b
    """,
)
DE = Words(
    stemmer="german",
    empty="""
        der die das den dem des ein eine einen einem einer eines dies diese dieser dieses diesen
        diesem es ist sind war waren sein bin bist wird werde werden wurde wurden wurdet ware wasre
        kann kannst konnen konnte konnten darf durfte durfen muss musste mussen soll sollte sollen
        will wollen mochte mag habe hat haben hatte hatten hab gibt gabe geben gab ich mich mir mein
        meine meinen meinem meiner wir uns unser unsere du dich dir dein deine sie ihr ihre ihren
        ihnen ihrem ihrer er man jemand leute und oder aber so wenn dann als wie was welche welcher
        welches welchen wann wo wer wem wen warum wieso weshalb wieviel viel viele lange lang hoch
        gross von fur zu zur zum in im an am auf bei beim mit uber aus um bis ab ahm ah ehm
        hm ja na also denn mal doch eigentlich vielleicht bitte danke gern gerne auch noch schon
        sehr etwas irgendwas da dort hier eben genau ungefahr etwa wissen weiss frage fragen sagen
        moglich moglichkeit geht gehen machen mache macht lauft dauert dauern betragt stelle job
        arbeit arbeite arbeiten arbeitet gearbeitet arbeitsplatz firma unternehmen mitarbeiter
        mitarbeiterin beschaftigte position selbst selber eher nun jetzt bekomme bekommen bekommt
        kriege kriegt kriegen hatt halt
    """,
    negations="nicht kein keine keinen keinem keiner keines nie niemals nichts ohne niemand",
    tags="oder nicht ja richtig",
    asks={
        "when": """
            wann|wie bald|bis wann|ab wann|seit wann|um wie viel uhr|wie schnell
            zu welchem zeitpunkt
        """,
        "how_long": "wie lange|wie lang",
        "where": "wo|wohin|welcher ort|an welchem ort|in welcher stadt|welche adresse",
        "who": "wer|wem|wen|wessen",
        "how_much": """
            wie viel|wie viele|wieviel|wieviele|wie hoch
        """,
        "size": "wie gross|wie viele leute|wie viele kollegen|wie viele personen",
        "how_often": "wie oft|wie haufig",
        "why": "warum|wieso|weshalb|wozu",
    },
    subjects="""
        nothing=: im jahr, pro jahr, im monat, pro monat, am anfang, zu beginn
        salary=how_much: gehalt, gehalter, lohn, verdienst, verdiene, verdienen, verdient,
            bezahlung, bezahlt, bezahlen, vergutung, entgelt, einkommen, zahlen sie, geld
        remote=: homeoffice, home office, von zu hause arbeiten, von zuhause arbeiten, von zu hause,
            von zuhause, zu hause arbeiten, zuhause arbeiten, mobiles arbeiten, mobil arbeiten,
            remote, fernarbeit
        hours=when how_long how_much: arbeitszeit, arbeitszeiten, stunden pro woche, wochenstunden,
            stunden in der woche, stunden
        answer=when how_long: ruckmeldung, hore ich von ihnen, ich von ihnen hore, von ihnen hore,
            von ihnen horen, hore ich wieder, melden sie sich, sie sich melden, sich bei mir melden,
            meldet sich, bescheid, zusage, antwort, entscheidung, entscheiden
        holiday=how_much: urlaub, urlaubstage, urlaubstag, urlaubsanspruch, tage urlaub, ferien,
            ferientage, tage frei
        probation=when how_long: probezeit
        start=when: starttermin, anfangen, beginnen, beginnt, beginn, anfang, eintrittstermin,
            starten, arbeitsbeginn, los
        place=where: arbeitsort, standort, buro, einsatzort, adresse, sitz
        shift=: schicht, schichten, schichtarbeit, schichtdienst, schichtbetrieb
        overtime=: uberstunde, uberstunden, mehrarbeit
        weekend=: wochenende, wochenenden, samstag, samstags, sonntag, sonntags, wochenendarbeit
        clothes=: arbeitskleidung, dienstkleidung, berufskleidung, uniform, kleidung
        training=: fortbildung, fortbildungen, weiterbildung, weiterbildungen, schulung, schulungen
        onboarding=: einarbeitung, eingearbeitet, einarbeiten
        contract=: vertrag, arbeitsvertrag
        team=: team, kollegen, kolleginnen
        children=: kind, kinder
        parking=: parkplatz, parkplatze, parken
        notice=when how_long: kundigungsfrist
        pension=: altersvorsorge, betriebsrente
        travel=: dienstreise, dienstreisen, reisen
    """,
    begins=r"""
        (?:was|wie|wann|wo|wer|warum|wieso|wieviel|welche[rsnm]?|ab wann|bis wann|seit wann)\b
        (?!(?: hoch| lang| lange| viel| gross| oft)? (?:ich|mir|mich|wir|man|es|sie|er|der|die|das|
        den|dem|ein|eine|mein|meine|unser|unsere)\b)|
        (?:ist|sind|gibt|kann|konnte|muss|darf|hatte|ware|wurde|bekomme|habe|haben|bieten|zahlen|
        arbeite) (?:ich|es|man|sie|bei|die|der|das|mein|meine|wir)\b
    """,
)
ES = Words(
    stemmer="spanish",
    empty="""
        el la los las lo un una unos unas este esta esto estos estas ese esa eso esos esas es son
        era sera seria serian ser estar estan estaba hay habia habra habria haber he ha han tengo
        tiene tienen tener tendre tendria tendrian tenia puedo puede pueden poder podria podrian se
        me mi mis te tu tus le les nos su sus suyo suya suyas yo usted ustedes ellos nosotros
        alguien gente persona personas y e o u pero si que cual cuales quien quienes como cuando
        cuanto cuanta cuantos cuantas donde de del a al en por para con sobre desde hasta entre mas
        muy tan tambien ya bueno pues eh em vale oiga perdone perdon disculpe gracias favor
        algo alguno alguna algun otro otra saber gustaria quisiera quiero pregunta preguntar decir
        decirme dice posible hacer hago hace hacen va van voy ir vamos ofrecen ofrece dan da dar
        empresa puesto trabajo trabajar trabaja trabajan empleo empleado empleados trabajador
        trabajadores candidato tipo clase aqui ahi fecha
    """,
    negations="no nunca jamas sin nada nadie ningun ninguna ninguno tampoco",
    tags="no verdad cierto",
    asks={
        "when": """
            cuando|hasta cuando|desde cuando|cuanto tarda|a que hora|en que fecha|que fecha
            cuanto tardan
        """,
        "how_long": "cuanto tiempo|cuanto dura",
        "where": "donde|a donde|adonde|en que ciudad|que direccion",
        "who": "quien|quienes|a quien|de quien",
        "how_much": "cuanto|cuanta|cuantos|cuantas|que cantidad",
        "size": "cuantas personas|cuanta gente|cuantos companeros",
        "how_often": "cada cuanto|cuantas veces|con que frecuencia",
        "why": "por que|para que",
    },
    subjects="""
        nothing=: al ano, por ano, al mes, por mes, al principio
        salary=how_much: sueldo, sueldos, salario, paga, pagan, cobra, cobrar, cobraria, cobro,
            gana, ganar, ganaria, remuneracion, retribucion, dinero
        remote=: teletrabajo, teletrabajar, trabajar desde casa, desde casa, en casa, remoto,
            a distancia
        hours=when how_long how_much: horario, horarios, jornada, horas a la semana,
            horas por semana, horas semanales
        answer=when how_long: respuesta, responder, responden, responderan, contestar, contestan,
            tener noticias, tendria noticias, tendre noticias, noticias, me llaman, me llamaran,
            me contactan, me avisan, me avisaran, decision, deciden
        holiday=how_much: vacaciones, dias de vacaciones, dias libres
        probation=when how_long: periodo de prueba
        start=when: empezar, empezaria, empieza, empiezo, incorporacion, incorporarme, comenzar,
            comenzaria, fecha de inicio, inicio
        place=where: oficina, oficinas, lugar de trabajo, ubicacion, direccion, ubicada
        shift=: turno, turnos
        overtime=: horas extra, horas extras, horas extraordinarias
        weekend=: fin de semana, fines de semana, sabado, sabados, domingo, domingos
        canteen=: comedor, cantina, cafeteria
        training=: formacion, capacitacion, cursos
        contract=: contrato
        team=: equipo, companeros
        parking=: aparcamiento, parking, aparcar, estacionamiento
        travel=: viajar, viajes
    """,
    begins=r"""
        (?:cual|cuales|cuanto|cuanta|cuantos|cuantas|a que hora|que (?:tipo|horario|dias?))\b
    """,
)
FR = Words(
    stemmer="french",
    empty="""
        le la les l un une des d du de ce c cet cette ces ca cela est es suis sont etait etaient
        sera serait seraient seront etre ai as a ont aurai aura auront aurais aurait auraient avoir
        avait eu y en je j me m moi mon ma mes nous on notre nos vous votre vos tu te t ton ta tes
        il elle ils elles se s soi leur leurs lui son sa ses quelqu quelque quelques gens personne
        personnes et ou mais donc si que qu quel quelle quels quelles qui comment combien quand
        pourquoi quoi dont pour par avec sur dans au aux chez vers depuis jusqu jusque entre plus
        tres aussi deja euh heu ben bah bon alors voila accord oui merci pardon excusez excuse svp
        plait peu juste vraiment peut peux pouvez pourrait pourrais pouvoir puis faire fait fais
        faites faut faudrait dois doit devrais va vais vont aller savoir sais question demander dire
        dites possible possibles proposez propose offrez donnez donne passe entreprise societe poste
        travail travailler travaille emploi employe employes salarie salaries candidat candidats
        trouve trouver dure durer temps date dates
    """,
    negations="pas ne n jamais sans aucun aucune rien non",
    tags="non pas hein",
    asks={
        "when": """
            quand|jusqu a quand|a partir de quand|depuis quand|a quelle heure|a quelle date
            quelle date
        """,
        "how_long": "combien de temps|quelle est la duree",
        "where": "ou est|ou se|ou sont|ou sera|ou serait|ou|a quel endroit|dans quelle ville",
        "who": "qui|a qui|par qui",
        "how_much": "combien|combien de",
        "size": "combien de personnes|combien de collegues|combien de gens|quelle est la taille",
        "how_often": "combien de fois|a quelle frequence",
        "why": "pourquoi|pour quoi|pour quelle raison",
    },
    subjects="""
        nothing=: par an, par mois, au debut, au depart
        salary=how_much: salaire, salaires, paie, paye, payee, payees, payes, gagne, gagner,
            gagnerais, gagnerai, remuneration, argent, touche, toucherais
        remote=: teletravail, teletravailler, travailler de chez soi, travailler de chez moi,
            travailler a la maison, travailler depuis chez moi, travailler depuis la maison,
            de chez soi, de chez moi, a distance
        hours=when how_long how_much: horaire, horaires, heures par semaine, heures de travail,
            temps de travail
        answer=when how_long: reponse, reponses, recontactez, recontacter, recontacterez, retour,
            nouvelles, rappelez, rappellerez, repondez, repondrez, decision, decidez
        holiday=how_much: conge, conges, jours de conge, jours de conges, vacances,
            jours de vacances, conges payes
        probation=when how_long: periode d essai
        start=when: commence, commencer, commencerais, commencerai, debut, debuter, debute,
            date de debut, demarrer
        place=where: bureau, bureaux, lieu de travail, adresse, locaux, situe, site
        shift=: equipe de nuit, equipes de nuit, travailler la nuit, travail de nuit, la nuit, nuit
        overtime=: heures supplementaires, heures sup
        weekend=: week end, weekend, samedi, samedis, dimanche, dimanches
        car=: voiture de fonction, voiture
        training=: formation, formations, forme
        contract=: contrat
        team=: equipe, collegues
        parking=: parking, stationnement, garer
        travel=: deplacement, deplacements
    """,
    begins=r"""
        (?:quel|quelle|quels|quelles|combien|est ce que|est ce qu|qu est ce)\b|
        (?:quand|ou|qui) est ce\b|(?:y a t il|peut on|puis je|ai je|aurai je|serait il|est il)\b
    """,
)
AR = Words(
    stemmer="arabic",
    empty="""
        ما ماذا هي هو هل في من الى على عن مع هذا هذه ذلك تلك التي الذي ان كان كانت يكون تكون سيكون
        ستكون لي لدي لديكم عندكم عندي لكم انا نحن انتم اي كيف متى اين كم لماذا يوجد هناك يمكن يمكنني
        ممكن اريد اعرف سؤال عدد يقع تقع وظيفة الوظيفة شركة الشركة
    """,
    negations="لا ليس ليست لم لن غير بدون دون",
    tags="صحيح",
    asks={
        "when": "متى|حتى متى|منذ متى",
        "how_long": "كم المدة|كم من الوقت|كم مدة",
        "where": "اين|في اي مدينة",
        "who": "من هو|من هي|من سيكون|من الذي",
        "how_much": "كم|كم عدد",
        "how_often": "كم مرة",
        "why": "لماذا|لم لا",
    },
    subjects="""
        salary=how_much: راتب, الراتب, راتبي, رواتب, اجر, الاجر, اجري
        hours=when how_long how_much: ساعات العمل, دوام, الدوام, ساعات الدوام
        remote=: العمل من المنزل, العمل من البيت, العمل عن بعد, من المنزل, من البيت, عن بعد
        holiday=how_much: اجازة, الاجازة, ايام الاجازة, ايام اجازة, اجازات, عطلة
        answer=when how_long: الرد, ردكم, تردون, تتصلون, النتيجة, القرار
        place=where: مكتب, المكتب, مكتبكم, موقع, الموقع, عنوان, العنوان
        start=when: ابدا, تاريخ البدء, البدء, بداية
    """,
    begins=r"""
        (?:ما (?:هو|هي)|ماذا|كم|متى|اين|هل|من هو|لماذا|كيف)\b
    """,
)
BY_LANGUAGE: Mapping[str, Words] = {"en": EN, "de": DE, "es": ES, "fr": FR, "ar": AR}
OPENERS = words("""
    um uh er hm hmm so well okay ok and also but ah ahm ehm oh ja und aber na denn y pues bueno eh
    et euh alors mais donc sorry excuse me please perdone perdon disculpe pardon
""")
"""They come before a question, and are nothing of it."""
