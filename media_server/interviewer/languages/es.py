"""Spanish. The plain text has no accents: "qué" is "que"; `accented_…` patterns see them."""

from media_server.interviewer.languages.table import Table, counted, forms, pattern, words

_QUESTION = (
    "c\u00f3mo|qu\u00e9|por qu\u00e9|cu\u00e1ndo|cu\u00e1nt[oa]s?|d\u00f3nde|ad\u00f3nde|"
    "qui\u00e9n(?:es)?|cu\u00e1l(?:es)?|para qu\u00e9"
)

TABLE = Table(
    stemmer="spanish",
    stop=words("""
        el la los las un una unos unas lo al del de a ante bajo con contra desde durante en entre
        hacia hasta para por segun sin sobre tras yo me mi mis mio conmigo nosotros nosotras nos
        nuestro nuestra nuestros nuestras tu tus te ti contigo usted ustedes vosotros os vuestro se
        si su sus suyo suya le les ella ellas ello ellos esto este esta estos estas eso ese esa esos
        esas aquello aquel aquella que quien quienes cual cuales cuando donde como cuanto cuanta
        cuantos cuantas porque pues pero sino aunque y e o u ni no tampoco tambien ya aun todavia
        muy mas menos tan tanto tanta tantos tantas mucho mucha muchos muchas poco poca pocos pocas
        todo toda todos todas algo nada alguien nadie alguno alguna algun algunos algunas ningun
        ninguno ninguna otro otra otros otras mismo misma mismos mismas cada asi entonces luego
        despues antes ahora aqui ahi alli siempre nunca jamas casi solo solamente soy eres es somos
        son era eras eramos eran fui fue fuimos fueron sido siendo ser sea sean estar estoy esta
        estamos estan estaba estabamos estaban estuvo estuve estuvieron estado haber he ha hemos han
        habia habiamos habian hubo hay haya hayan tener tengo tiene tenemos tienen tenia teniamos
        tenian tuve tuvo tuvimos tuvieron puedo puede podemos pueden podia podian pude pudo podria
        podrian debe deben debia deberia va van voy vamos iba iban ir eh em mm hm bueno vale o sea
        digamos claro don dona senor senora senorita gracias favor vez veces hace hacia haciamos
        haria primero ambos dicho cuyo cuya yo misma
    """),
    common=words("""
        dijo dije dijeron decia decir dicho menciono mencionado mencionar comento contar contarme
        cuente conto explicar explique explico describir describa decidir decidio decidieron decida
        decision elegir eligio eligieron eleccion hacer hizo hice hicieron haciendo hecho llevo
        llevar paso pasar pasado ocurrio ocurrir sucedio suceder cambio cambiar cambiaron notar noto
        noté cuenta dio dieron darse dar descubrir descubrio encontrar encontro ver vio vieron
        reacciono reaccionar reaccion resolver resolvio manejar afronto gestionar gestiono actuo
        actuar aprendio aprender sintio sentir penso pensar piensa cree creer considerar quiso
        querer quiere empezar empezo comenzar terminar termino final fin principio parte papel paso
        pasos situacion momento punto tiempo dia dias semana mes ano anos ejemplo caso motivo razon
        razones resultado consecuencia consecuencias efecto diferencia problema problemas dificultad
        reto idea manera forma modo cosa cosas persona personas gente conversacion experiencia
        detalle detalles proceso tarea tareas objetivo primera segunda ultimo ultima siguiente
        concreto concretamente exactamente importante dificil facil mejor peor bien mal nuevo
        distinto diferente propio propia organizar organizo organizaron ayudar ayudo ayuda usar uso
        utilizar trabajo trabajar intento intentar ocasion ocasiones necesitar necesito necesitado
        poner puso preguntar pregunta medida palabras respondio responder dejar dejo llevo
    """),
    negations=words("no nunca jamas nadie nada ningun ninguno ninguna sin tampoco ni"),
    numbers=counted("""
        cero - dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince
        dieciseis diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro
        veinticinco veintiseis veintisiete veintiocho veintinueve
    """)
    | counted("treinta cuarenta cincuenta sesenta setenta ochenta noventa cien", start=30, step=10)
    | counted(
        """
        ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos
        novecientos mil
        """,
        start=100,
        step=100,
    )
    | {"millon": 1_000_000, "docena": 12},
    number_joins=words("y"),
    irregular=forms("""
        puse poner, puso poner, pusieron poner, puesto poner, monte montar, quise querer, traje
        traer, trajo traer, conduje conducir, condujo conducir, vine venir, vino venir, vinieron
        venir, pedi pedir, pidio pedir, di dar, prueba probar, pruebo probar, pruebas probar,
        cierro cerrar, cierra cerrar, cuesta costar, vuelvo volver, vuelve volver, muestro mostrar,
        muestra mostrar, abierto abrir, roto romper, escrito escribir, cubierto cubrir, resuelto
        resolver, devuelto devolver, comida comer, coma comer, come comer
    """),
    accented_question_word=pattern(_QUESTION),
    accented_joined=pattern(
        rf"(?:y|e|o|u|pero|adem\u00e1s) (?:(?:tambi\u00e9n|si|de|en|con|por|para|a|desde|hasta) )*"
        rf"(?:{_QUESTION})",
    ),
    leading=pattern(
        r"no (?:cree|creen|piensa|le parece|les parece|considera|opina|diria|deberia|deberian|"
        r"habria sido)(?: usted(?:es)?)?", r"verdad \?", r"no \?", r"cierto \?", "acaso",
        r"(?:deberia|tendria|podria) haber", "seguro que", "obviamente", "sin duda", "a que no",
        "esta de acuerdo",
        r"por que .*\b(?:porque|por miedo)",
    ),
    suggesting=pattern(
        "por ejemplo", "como por ejemplo", "tal como", "tales como", "quizas?", "tal vez",
        "a lo mejor", "digamos", "entre otros",
    ),
    private=pattern(
        r"como se llam\w+", r"cual (?:es|era) (?:el|su) nombre", "de baja",
        r"embaraz\w+", r"religio\w+", "iglesia", "mezquita", r"casad[oa]s?", r"solter[oa]s?",
        "estado civil", "marido", "esposo", "esposa", r"divorcia\w+", r"familia\w*", "nacionalidad",
        "ciudadania", "etnia", r"raza", r"sexual\w*", "genero", r"discapac\w+",
        r"(?:que edad|cuantos anos) (?:tiene|tenia)", "su edad", r"nacid[oa]s?", "nacio",
        r"sindica\w+", "partido politico", r"politic[oa]s?", "su (?:sueldo|salario)",
        r"cuanto (?:gana|ganaba|cobra|cobraba)", r"enfermedad\w*", r"enferm[oa]s?", "embarazo",
        "diagnostico", "salud mental", r"depresi\w+", "terapia", "antecedentes penales", "deudas",
        r"(?:sus|propios) (?:propios )?(?:hijos|hijas|padres|familiares)",
        r"su (?:propia |propio )?(?:hijo|hija|madre|padre|pareja|mujer|salud|pais|origen|acento|"
        r"casa|vida privada|cuerpo|peso|medico)", r"tiene (?:usted )?hijos",
        "de donde (?:es|viene|procede)", "lengua materna", r"su (?:\w+ )?bebe",
        r"(?:le|les) pag(?:an|aban|aron)", r"(?:su|la) nomina",
        "su paga", r"que edad", r"numero de (?:telefono|cuenta|movil)", r"contrasena\w*",
        r"apellidos?",
        r"donde (?:vive|vivia|viven)", r"con quien (?:vive|vivia)", "direccion particular", "dni",
        r"(?:como|para|ser|siendo) (?:una?|ser) (?:\w+ )?(?:mujer|hombre|chica|extranjer[oa]|madre|"
        r"padre|musulman\w*|gitan[oa]|negr[oa]|arabe|viej[oa]|joven)",
        r"una? (?:mujer|hombre) como",
        r"borrach[oa]s?", "drogas", "baja medica", "gay", "lesbiana",
    ),
    promise=pattern(
        r"(?:le|les) (?:vamos|daremos|ofrecemos|ofreceremos|garantizo|garantizamos|prometo|"
        r"prometemos|contrataremos|contratamos)", r"(?:vamos a|queremos) (?:contratar|ofrecer)\w*",
        r"promet\w+", r"garantiz\w+", r"contratad[oa]", "el puesto es suyo", "sera contratad[oa]",
        "enhorabuena", "felicidades", "siguiente ronda", "bienvenid[oa] al equipo",
        "tendra (?:usted )?(?:su|un|una|el|la)", "con nosotros (?:tendra|podra|recibira)",
    ),
    grading=pattern(
        r"notas?", r"puntuacion\w*", "(?:maxima|maximo|todos los) puntos?", r"calific\w+",
        r"evalu\w+", r"instruccion\w*", r"ignor[ae]\w*", "olvid[ae]", "dame", "deme",
        "entrevistador", "sistema", "examinador", "asistente", r"puntu[ae]\w*",
    ),
    judgement=pattern(
        r"(?:eso|esto) (?:es|fue|era|suena) (?:muy|tan|realmente) \w+",
        "muy bien", r"muy buen\w*", r"excelente\w*", r"estupend\w+", "genial", r"impresionante\w*",
        r"interesante\w*", r"perfect[oa]", r"magnific\w+", r"fantastic\w+", r"maravillos\w+",
        "bien hecho", r"buen[oa]? (?:respuesta|idea|ejemplo|decision|trabajo|pregunta|solucion)",
        r"mal[oa]? (?:respuesta|idea|decision)", "bravo", r"brillante", "me gusta", "suena \\w+",
        r"que (?:bien|bueno|interesante)", "no es suficiente", "acertad[oa]",
    ),
    neutral=words("""
        usar utilizar hablar preguntar comprobar preparar compartir presentar anunciar convencer
        acordar comentar probar organizar seguir recordar ensenar mostrar planear esperar observar
        escuchar leer escribir llamar informar equipo companero companeros companera companeras
        ademas diario hoy rapido claro aportar mejorar aplicar comparar elegir anadir asegurar
        responder contestar entender repartir apoyar opinion conocimiento informacion orden plan
        regla metodo supo saber sabia permitir permitio llevar dejar servir sirvio dificultad
        dificultades convencio convencieron tardar tardo adaptar ajustar continuar contribuir
        lograr consiguio conseguir explicar mantener mantuvo preferir prefirio estando ocurrio
        buscar
    """),
    accented_asks=pattern(
        rf"(?:(?:y|o|e) )?(?:(?:de|en|con|por|para|a|desde|hasta) )?(?:{_QUESTION})",
    ),
    supposed=pattern("si"),
    told_to_you={"mi": "su", "mis": "sus", "nuestro": "su", "nuestra": "su", "nuestros": "sus",
                 "nuestras": "sus"},
    rude=pattern(
        r"idiota\w*", r"estupid\w+", r"tont[oa]s?", r"tonter\w+", r"imbecil\w*", r"inutil\w*",
        r"gilipoll\w+", r"cabron\w*", r"mierda\w*", r"put[oa]s?", r"jod\w+", r"co\u00f1o", "cono",
        r"maric\w+", r"vag[oa]s?", r"cobardes?", r"incompetent\w+", r"ridicul[oa]s?", r"torpes?",
        r"descuidad[oa]s?", "verguenza", "demonios", "diablos",
        r"como (?:se atrev\w+|pudo|pudieron)",
        r"(?:por que|como) (?:es|son|fue|fueron|era|eran) (?:usted(?:es)? )?tan",
    ),
    familiar=pattern("tu", "tus", "ti", "contigo", "tuyo", "tuya"),
    title=pattern(r"(?:senor|senora|senorita|don|dona|doctor|doctora|jefe) (\w+)"),
)  # fmt: skip
