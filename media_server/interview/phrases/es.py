"""The bot's words in Spanish."""

from media_server.interview.phrases.table import Counted, SummaryWords, Table

TABLE = Table(
    said={
        "take_your_time": "Tómese su tiempo, le escucho.",
        "offer_repeat": "¿Repito la pregunta? Diga simplemente: repita, por favor.",
        "offer_choices": "También puede escribir, hacer una pausa o saltar esta pregunta.",
        "audio_lost": "Ahora mismo no le oigo. Revise su micrófono, por favor, o escriba.",
        "audio_back": "Ya le oigo de nuevo. Continúe, por favor.",
        "lost_you": "Dejé de oírle unos segundos. ¿Podría repetir la última parte?",
        "not_heard": (
            "Perdón, no le he entendido. Inténtelo otra vez, por favor, o escriba su respuesta."
        ),
        "skip_offer": "No pasa nada. ¿Quiere intentarlo, o pasamos a la siguiente?",
        "leave_offer": (
            "Puede terminar la entrevista con el botón Salir. O siga con su respuesta, si quiere."
        ),
        "human_note": (
            "He anotado que quiere hablar con una persona, y el equipo lo verá. Puede continuar "
            "aquí o salir."
        ),
        "question_note": "Transmitiré su pregunta. Cuando quiera, continúe.",
        "trouble_note": (
            "Si algo no funciona, puede escribir o volver a cargar la página. Todo lo anterior "
            "se conserva."
        ),
        "go_on": "De acuerdo, continúe, por favor.",
        "bridge": "Gracias, con eso me hago una buena idea. Sigamos.",
        "summary_check": "¿Lo he entendido bien? Si algo no es correcto, dígamelo.",
        "summary_noted": "Gracias, lo he anotado.",
        "summary_more": "Gracias, lo he anotado. ¿Hay algo más?",
        "summary_ask": "¿Cómo debería ser? Dígamelo, o escríbalo en la pantalla.",
        "questions_noted": "Gracias, lo transmitiré. ¿Tiene otra pregunta?",
        "more_questions": "¿Hay algo más que quiera saber?",
        "no_summary": "En esta entrevista no hago resúmenes. Cuando quiera, continúe.",
        "nothing_so_far": "Todavía no hay nada que pueda resumir. Cuando quiera, continúe.",
        "wrap_up": (
            "Gracias. Esa era la última pregunta. Sus respuestas están guardadas. Hasta luego."
        ),
    },
    confirm={
        "repeat": "¿Repito la pregunta?",
        "repeat_last": "¿Repito la última parte de la pregunta?",
        "rephrase": "¿Le hago la pregunta con otras palabras?",
        "slower": "¿Hablo más despacio?",
        "louder": "¿Hablo más alto?",
        "cannot_hear": "¿Repito la pregunta?",
        "skip": "¿Saltamos esta pregunta?",
        "no_idea": "¿Dejamos esta pregunta?",
        "pause": "¿Hacemos una pausa?",
        "leave": "¿Quiere terminar la entrevista?",
        "human": "¿Quiere hablar con una persona?",
        "interviewer_question": "¿Es una pregunta para la empresa?",
        "summarise": "¿Quiere que resuma lo que he entendido?",
        "trouble": "¿Hay algo que no funciona?",
    },
    remarks={
        "so_far": "Hasta ahora he entendido esto:",
        "no_other_words": "Solo la tengo con estas palabras. Aquí va otra vez, más despacio.",
    },
    hints={
        "thinking": "Tómese su tiempo. Espero.",
        "volume": "También puede subir el volumen de su dispositivo.",
        "cannot_hear": "¿No me oye? Revise el altavoz o los auriculares y suba el volumen.",
        "trouble": (
            "Si algo no funciona, escriba o vuelva a cargar la página. Lo anterior se conserva."
        ),
        "quiet": "Todavía no oigo nada. Si está hablando, revise su micrófono, o escriba.",
        "quiet_muted": "Su micrófono está silenciado. Actívelo, o escriba.",
        "audio_lost": "No llega sonido de su micrófono. Revíselo, elija otro, o escriba.",
        "audio_back": "Su micrófono funciona de nuevo. Continúe, por favor.",
        "lost_audio": "No nos llegaron {lost} de su respuesta. ¿Puede repetirlos?",
        "quiet_text": "Escriba su respuesta cuando quiera.",
        "please_wait": "Un momento, por favor: aún se están escribiendo sus palabras.",
        "type_instead": "Está tardando más de lo normal. Puede escribir o esperar.",
        "went_on": "Su grabación está a salvo y se escribirá más tarde. Sigamos.",
        "near_limit": "Tiempo para esta respuesta: aproximadamente {left}.",
        "use_headphones": "Oigo mi propia voz por su altavoz. Unos auriculares ayudarían.",
        "typed_early": "Aún no he preguntado nada. He anotado lo que escribió y lo transmitiré.",
        "typed_late": (
            "Esta pregunta ya ha terminado. He anotado lo que escribió y lo transmitiré."
        ),
        "typed_added": "Lo que escribió se ha añadido a la pregunta a la que respondía.",
        "time_up": "El tiempo de esta entrevista ha terminado.",
        "opened_elsewhere": (
            "Esta entrevista se abrió en otro dispositivo. No se le dejó entrar; puede continuar."
        ),
        "history_hidden": (
            "Esta entrevista empezó en otro dispositivo o en otra ventana, donde ya se ha avisado. "
            "Lo que se dijo allí no se muestra aquí."
        ),
        "too_many_answers": (
            "Demasiadas respuestas a la vez. La última no se aceptó: envíela otra vez en unos "
            "segundos, por favor."
        ),
    },
    time_up=("Se nos acabó el tiempo. Gracias por sus respuestas, están guardadas. Hasta luego."),
    greeting=(
        "Hola y le doy la bienvenida. Soy una inteligencia artificial y voy a hacerle esta "
        "entrevista. Le haré {questions}, lo que llevará aproximadamente {minutes}. Diga en "
        "cualquier momento: repita, por favor. Empecemos."
    ),
    practice=(
        "Primero una breve práctica, que no cuenta: ¿qué ha desayunado hoy? Tómese su tiempo "
        "y pare cuando haya terminado."
    ),
    their_questions=(
        "Ahora es su turno. ¿Tiene preguntas para nosotros? Si no, diga simplemente que no."
    ),
    summary=SummaryWords(
        offer="¿Quiere oír lo que he entendido? También puede leerlo en la pantalla.",
        begins="Esto es lo que he entendido.",
        begins_late=(
            "Esto es lo que he entendido de sus últimas respuestas; las demás están en la pantalla."
        ),
        question="Pregunta {n}:",
    ),
    questions=Counted("una pregunta", "{n} preguntas"),
    minutes=Counted("un minuto", "{n} minutos"),
    seconds=Counted("un segundo", "{n} segundos"),
    consent=(
        "Quien entrevista es una IA. Su voz se envía a este servidor y se convierte en texto. El "
        "texto se guarda como sus respuestas, para que las lean personas. Puede parar en "
        "cualquier momento, y puede escribir en lugar de hablar."
    ),
    watched=(
        "Personas de la organización que le ha invitado pueden seguir la entrevista en directo, "
        "por escrito. La página le muestra cuándo alguien lo hace."
    ),
)
