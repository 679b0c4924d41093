"""The bot's words in German."""

from media_server.interview.phrases.table import Counted, SummaryWords, Table

TABLE = Table(
    said={
        "take_your_time": "Lassen Sie sich Zeit, ich höre zu.",
        "offer_repeat": "Soll ich die Frage wiederholen? Sagen Sie einfach: bitte wiederholen.",
        "offer_choices": "Sie können auch tippen, pausieren oder diese Frage überspringen.",
        "audio_lost": (
            "Ich höre Sie gerade nicht. Bitte prüfen Sie Ihr Mikrofon, oder tippen Sie."
        ),
        "audio_back": "Ich höre Sie wieder. Bitte sprechen Sie weiter.",
        "lost_you": (
            "Sie waren ein paar Sekunden weg. Könnten Sie den letzten Teil noch einmal sagen?"
        ),
        "not_heard": (
            "Entschuldigung, das habe ich nicht verstanden. Bitte versuchen Sie es noch einmal, "
            "oder tippen Sie Ihre Antwort."
        ),
        "skip_offer": "Kein Problem. Möchten Sie es versuchen, oder gehen wir zur nächsten Frage?",
        "leave_offer": (
            "Sie können das Interview mit dem Knopf Verlassen beenden. Oder antworten Sie einfach "
            "weiter."
        ),
        "human_note": (
            "Ich habe notiert, dass Sie mit einem Menschen sprechen möchten, und das Team sieht "
            "es. Sie können hier weitermachen oder das Interview verlassen."
        ),
        "question_note": (
            "Ich gebe Ihre Frage weiter. Wenn Sie so weit sind, fahren Sie gern fort."
        ),
        "trouble_note": (
            "Wenn etwas nicht klappt, können Sie tippen oder die Seite neu laden. Alles bis "
            "hierher bleibt erhalten."
        ),
        "go_on": "Gut, bitte fahren Sie fort.",
        "bridge": "Danke, das gibt mir ein gutes Bild. Gehen wir weiter.",
        "summary_check": (
            "Habe ich das richtig verstanden? Wenn etwas nicht stimmt, sagen Sie es mir."
        ),
        "summary_noted": "Danke, das habe ich notiert.",
        "summary_more": "Danke, das habe ich notiert. Gibt es noch etwas?",
        "summary_ask": (
            "Wie soll es heißen? Sagen Sie es mir, oder schreiben Sie es auf dem Bildschirm."
        ),
        "questions_noted": "Danke, ich gebe das weiter. Haben Sie noch eine Frage?",
        "more_questions": "Möchten Sie noch etwas wissen?",
        "no_summary": (
            "In diesem Interview gebe ich keine Zusammenfassung. Machen Sie weiter, wenn "
            "Sie so weit sind."
        ),
        "nothing_so_far": (
            "Noch gibt es nichts, was ich zusammenfassen könnte. Machen Sie weiter, wenn "
            "Sie so weit sind."
        ),
        "wrap_up": (
            "Vielen Dank. Das war die letzte Frage. Ihre Antworten sind gespeichert. "
            "Auf Wiedersehen."
        ),
    },
    confirm={
        "repeat": "Soll ich die Frage wiederholen?",
        "repeat_last": "Soll ich den letzten Teil der Frage wiederholen?",
        "rephrase": "Soll ich die Frage anders stellen?",
        "slower": "Soll ich langsamer sprechen?",
        "louder": "Soll ich lauter sprechen?",
        "cannot_hear": "Soll ich die Frage wiederholen?",
        "skip": "Sollen wir diese Frage überspringen?",
        "no_idea": "Sollen wir diese Frage auslassen?",
        "pause": "Sollen wir eine Pause machen?",
        "leave": "Möchten Sie das Interview beenden?",
        "human": "Möchten Sie mit einem Menschen sprechen?",
        "interviewer_question": "Ist das eine Frage an das Unternehmen?",
        "summarise": "Soll ich zusammenfassen, was ich verstanden habe?",
        "trouble": "Funktioniert etwas nicht?",
    },
    remarks={
        "so_far": "Bisher habe ich das verstanden:",
        "no_other_words": "Ich habe sie nur in diesen Worten. Hier noch einmal, langsamer.",
    },
    hints={
        "thinking": "Lassen Sie sich Zeit. Ich warte.",
        "volume": "Sie können auch Ihr Gerät lauter stellen.",
        "cannot_hear": (
            "Sie hören mich nicht? Prüfen Sie Lautsprecher oder Kopfhörer, und stellen Sie lauter."
        ),
        "trouble": (
            "Wenn etwas nicht klappt, tippen Sie oder laden Sie die Seite neu. Alles bis hierher "
            "bleibt erhalten."
        ),
        "quiet": (
            "Ich höre noch nichts. Wenn Sie sprechen, prüfen Sie Ihr Mikrofon, oder tippen Sie."
        ),
        "quiet_muted": "Ihr Mikrofon ist stumm. Schalten Sie es ein, oder tippen Sie.",
        "audio_lost": (
            "Von Ihrem Mikrofon kommt kein Ton. Prüfen Sie es, wählen Sie ein anderes, oder "
            "tippen Sie."
        ),
        "audio_back": "Ihr Mikrofon ist wieder da. Sprechen Sie bitte weiter.",
        "lost_audio": "{lost} Ihrer Antwort sind nicht angekommen. Sagen Sie das noch einmal?",
        "quiet_text": "Tippen Sie Ihre Antwort, wenn Sie so weit sind.",
        "please_wait": "Einen Moment bitte: Ihre Worte werden noch aufgeschrieben.",
        "type_instead": "Das dauert länger als sonst. Sie können tippen oder warten.",
        "went_on": ("Ihre Aufnahme ist sicher und wird später aufgeschrieben. Machen wir weiter."),
        "near_limit": "Noch etwa {left} für diese Antwort.",
        "use_headphones": (
            "Ich höre meine eigene Stimme aus Ihrem Lautsprecher. Kopfhörer würden helfen."
        ),
        "typed_early": (
            "Ich habe noch nichts gefragt. Was Sie getippt haben, ist notiert und wird "
            "weitergegeben."
        ),
        "typed_late": (
            "Diese Frage ist vorbei. Was Sie getippt haben, ist notiert und wird weitergegeben."
        ),
        "typed_added": "Was Sie getippt haben, steht jetzt bei der Frage, zu der es gehört.",
        "time_up": "Die Zeit für dieses Interview ist um.",
        "opened_elsewhere": (
            "Dieses Interview wurde auf einem anderen Gerät geöffnet. Es wurde nicht eingelassen; "
            "Sie können weitermachen."
        ),
        "history_hidden": (
            "Dieses Interview wurde auf einem anderen Gerät oder in einem anderen Fenster "
            "begonnen; dort wurde Bescheid gegeben. Was dort gesprochen wurde, steht hier nicht."
        ),
        "too_many_answers": (
            "Zu viele Antworten auf einmal. Die letzte wurde nicht angenommen: Bitte senden Sie "
            "sie in ein paar Sekunden noch einmal."
        ),
    },
    time_up=(
        "Unsere Zeit ist um. Danke für Ihre Antworten, sie sind gespeichert. Auf Wiedersehen."
    ),
    greeting=(
        "Guten Tag und herzlich willkommen. Ich bin eine künstliche Intelligenz und führe dieses "
        "Interview. Ich stelle Ihnen {questions}, das dauert etwa {minutes}. Sagen Sie jederzeit "
        "einfach: bitte wiederholen. Fangen wir an."
    ),
    practice=(
        "Zuerst eine kurze Probe, die nicht zählt: Was haben Sie heute gefrühstückt? Lassen "
        "Sie sich Zeit, und hören Sie auf, wenn Sie fertig sind."
    ),
    their_questions=(
        "Nun sind Sie an der Reihe. Haben Sie Fragen an uns? Wenn nicht, sagen Sie einfach Nein."
    ),
    summary=SummaryWords(
        offer=(
            "Möchten Sie hören, was ich verstanden habe? Sie können es auch auf dem Bildschirm "
            "lesen."
        ),
        begins="Das habe ich verstanden.",
        begins_late=(
            "Das habe ich von Ihren letzten Antworten verstanden; die anderen stehen auf dem "
            "Bildschirm."
        ),
        question="Frage {n}:",
    ),
    questions=Counted("eine Frage", "{n} Fragen"),
    minutes=Counted("eine Minute", "{n} Minuten"),
    seconds=Counted("eine Sekunde", "{n} Sekunden"),
    consent=(
        "Eine KI führt das Interview. Ihre Stimme wird an diesen Server gesendet und in Text "
        "umgewandelt. Der Text wird als Ihre Antworten gespeichert, damit Menschen sie lesen "
        "können. Sie können jederzeit aufhören, und Sie können tippen statt zu sprechen."
    ),
    watched=(
        "Menschen der Organisation, die Sie eingeladen hat, können das Interview live als Text "
        "mitlesen. Die Seite zeigt Ihnen, wenn das jemand tut."
    ),
)
