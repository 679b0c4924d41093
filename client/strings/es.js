/** Every word the page says, in Spanish. */

const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count === 1 ? one : many}`;

/** @type {import("./en.js").Strings} */
export const es = {
  lang: "es",
  dir: "ltr",
  appName: "Entrevista por voz",
  skipToContent: "Ir al contenido",
  loading: { title: "Abriendo su entrevista…" },

  welcome: {
    eyebrow: "Antes de empezar",
    intro: (questions, minutes) => `${n(questions, "pregunta", "preguntas")}, unos ${n(minutes, "minuto", "minutos")}.`,
    whatHappens: "Qué va a pasar",
    steps: [
      ["Pruebe el sonido", "Comprobamos que oye las preguntas y que su micrófono funciona."],
      [
        "Responda hablando",
        "Una IA hace las preguntas de una en una. Tómese su tiempo: puede hacer pausas para pensar.",
      ],
      ["Usted decide", "Repita, salte o haga una pausa cuando quiera, o escriba en lugar de hablar."],
      ["Llévese una copia", "Sus respuestas se van escribiendo, y al final puede descargarlas."],
    ],
    consentTitle: "Su consentimiento",
    recorded: "Su voz se graba y se guarda con sus respuestas.",
    notRecorded:
      "Su voz no se graba. Se borra en cuanto sus palabras están escritas, como muy tarde dos días después de la entrevista; solo se guarda el texto.",
    watching: "Personas de la organización que le ha invitado pueden seguir esta entrevista en directo, por escrito.",
    version: (version) => `Texto de consentimiento, versión ${version}`,
    noticesTitle: "Conviene saberlo",
    accept: "Acepto, continuar",
    proceed: "Continuar",
    decline: "No acepto",
    saving: "Un momento…",
    failed: "No pudimos guardar su decisión. Inténtelo de nuevo, por favor.",
  },

  declined: {
    title: "Gracias por decírnoslo",
    text: "Ha decidido no participar. No se ha grabado nada.",
    next: "Si prefiere participar de otra manera, responda a la persona que le invitó. Puede cerrar esta página.",
  },

  check: {
    title: "Pruebe el sonido",
    titleBack: "Qué bien que haya vuelto",
    leadBack: "Sus respuestas están guardadas. Seguimos en la misma pregunta.",
    lead: "Dos pruebas rápidas y empezamos.",
    hearTitle: "¿Nos oye?",
    hearText: "Reproduzca dos notas suaves. Con auriculares se oye mejor.",
    playTone: "Reproducir sonido de prueba",
    playingTone: "Sonando…",
    playedTone: "¿No ha oído nada? Suba el volumen o elija otra salida y pruebe otra vez.",
    toneFailed: "No se pudo reproducir el sonido. Compruebe que esta página no esté silenciada e inténtelo de nuevo.",
    speaker: "Altavoz",
    speakTitle: "¿Le oímos?",
    speakText: "Su navegador le preguntará si esta página puede usar el micrófono.",
    useMicrophone: "Usar mi micrófono",
    asking: "Permita el micrófono en su navegador…",
    microphone: "Micrófono",
    unnamedDevice: (index) => `Dispositivo ${index}`,
    level: "Nivel del micrófono",
    waiting: "Diga unas palabras: «Hola, esto es una prueba».",
    heard: "Le oímos bien.",
    silent: "No oímos nada de este micrófono.",
    silentMend:
      "¿Está encendido y sin silenciar? Acérquese, suba su volumen en los ajustes de sonido o elija otro arriba.",
    mutedBySystem: "Su dispositivo ha silenciado el micrófono.",
    mutedMend: "Busque un botón de silencio en los auriculares o el teclado, o revise los ajustes de sonido.",
    tryAgain: "Intentar de nuevo",
    start: "Empezar la entrevista",
    startBack: "Continuar la entrevista",
    without: "Continuar sin micrófono y escribir",
    withoutBack: "Continuar sin micrófono y escribir",
    withoutNote: "Oirá y leerá las preguntas, y escribirá sus respuestas.",
    problems: {
      insecure: [
        "Esta dirección no es segura",
        "Los navegadores solo permiten el micrófono en páginas que empiezan por https://. Abra el enlace tal como lo recibió o pida uno seguro.",
      ],
      unsupported: [
        "Este navegador no puede usar el micrófono aquí",
        "Abra el enlace en una versión actual de Chrome, Edge, Firefox o Safari. Los navegadores dentro de otras aplicaciones a menudo no pueden usar el micrófono.",
      ],
      framed: [
        "Esta página no puede usar su micrófono aquí",
        "El sitio web que la rodea no le cede el micrófono, o está bloqueado para ese sitio. Abra la entrevista en otra pestaña o escriba.",
      ],
      denied: [
        "El micrófono está bloqueado",
        "Pulse el icono a la izquierda de la dirección, ponga Micrófono en «Permitir» e inténtelo de nuevo. Si ya está permitido, revise los ajustes de privacidad del sistema para el navegador.",
      ],
      dismissed: [
        "Se cerró la solicitud de permiso",
        "Su navegador pidió el micrófono y no obtuvo respuesta. Inténtelo de nuevo y elija «Permitir».",
      ],
      missing: ["No se encontró ningún micrófono", "Conecte uno o encienda sus auriculares e inténtelo de nuevo."],
      busy: [
        "El micrófono está en uso",
        "Otro programa u otra pestaña lo está usando, por ejemplo una videollamada. Ciérrelo e inténtelo de nuevo.",
      ],
      constraint: ["Ese micrófono ya no está", "Puede que se haya desconectado. Elija otro e inténtelo de nuevo."],
      unknown: [
        "No se pudo iniciar el micrófono",
        "Desconéctelo y vuelva a conectarlo, o reinicie el navegador, e inténtelo de nuevo.",
      ],
    },
  },

  call: {
    question: (number, of) => `Pregunta ${number} de ${of}`,
    followUp: (number, of) => `Seguimiento de la pregunta ${number} de ${of}`,
    practice: "Práctica",
    candidate_questions: "Sus preguntas",
    summary: "Lo que he entendido",
    backTo: (number) => `De vuelta a la pregunta ${number}`,
    backToFollowUp: (number) => `De vuelta al seguimiento de la pregunta ${number}`,
    backToPractice: "De vuelta a la práctica",
    backToYourQuestions: "De vuelta a sus preguntas",
    progress: "Progreso de la entrevista",
    connecting: "Conectando…",
    greeting: "Le damos la bienvenida",
    wrapUp: "Gracias",
    activity: {
      idle: "Preparando",
      connecting: "Conectando",
      speaking: "Hablando",
      listening: "Escuchando",
      thinking: "Pensando",
      muted: "Micrófono silenciado",
      typing: "Su turno",
      reading: "Lea, por favor",
    },
    notes: {
      idle: "La entrevista empieza enseguida.",
      connecting: "Tarda uno o dos segundos.",
      speaking: "Puede empezar a responder cuando quiera.",
      greeting: "Primero, una breve introducción.",
      wrapUp: "Esa era la última pregunta.",
      listening: "Hable cuando quiera. Puede hacer pausas.",
      hearing: "Le oímos.",
      waiting: "Esperamos por si quiere añadir algo.",
      thinking: "Un momento.",
      muted: "Active el micrófono para responder hablando.",
      typing: "Escriba su respuesta cuando quiera.",
    },
    interviewer: "Entrevistadora",
    notSpoken: "Solo por escrito",
    yourAnswer: "Su respuesta",
    interimNote: "Las palabras en cursiva aún pueden cambiar.",
    emptyVoice: "Sus palabras aparecen aquí mientras habla.",
    emptyText: "Su respuesta aparece aquí.",
    unclear: "[no se entiende]",
    unclearRecorded: "[no se entiende; la grabación se conserva]",
    typed: "escrito",
    done: "He terminado",
    notFinished: "No había terminado",
    repeat: "Repetir",
    rephrase: "Decirlo de otro modo",
    skip: "Saltar",
    skipped: (number) => `Pregunta ${number} saltada.`,
    skippedFollowUp: "Seguimiento saltado.",
    skippedOther: "Saltado.",
    undo: "Deshacer",
    confirmYes: "Sí",
    confirmNo: "No, sigo hablando",
    confirmAnswer: "Es mi respuesta",
    watched: "Alguien está siguiendo esta entrevista en directo.",
    lastHeard: (words) => `Lo último que oímos: «${words}»`,
    dismiss: "Entendido",
    pause: "Pausa",
    mute: "Silenciar",
    unmute: "Activar micrófono",
    type: "Prefiero escribir",
    typeClose: "Cerrar escritura",
    options: "Opciones",
    leave: "Salir",
    controls: "Controles de la entrevista",
    typeLabel: "Escriba su respuesta",
    typeHelp: "Pulse Ctrl e Intro para enviar.",
    send: "Enviar respuesta",
    tooLong: "Es demasiado largo para enviarlo de una vez. Acórtelo, por favor.",
    notSent: "Ahora no hay conexión. Su texto se queda aquí; envíelo cuando vuelva la conexión.",
    unconfirmed: "Su respuesta se envió, pero aún no está confirmada. Guardamos el texto hasta entonces.",
    broughtBack:
      "La conexión se cortó antes de confirmar su respuesta. Su texto vuelve a estar aquí. Cuando vuelva la conexión, le diremos si llegó.",
    checking: "Estamos comprobando si llegó su texto. Si en un momento sigue aquí, envíelo otra vez.",
    notArrived: "Su respuesta no llegó. Su texto sigue aquí: envíelo otra vez, por favor.",
    notConnected: "Ahora no hay conexión. Inténtelo de nuevo en un segundo.",
    timeLeft: (minutes) =>
      minutes < 1 ? "Queda menos de un minuto" : `Quedan unos ${n(minutes, "minuto", "minutos")}`,
    announceListening: "Le escuchamos. Es su turno.",
    announceTyping: "Es su turno de responder.",
    announceUndo: "Puede deshacerlo durante unos segundos.",
    announceConfirm: "También puede elegir una respuesta en la página.",
  },

  banner: {
    suspectTitle: "La conexión es débil",
    suspectText: "Hace unos segundos que no recibimos nada del servidor. Sus respuestas están guardadas.",
    suspectUnconfirmed:
      "Hace unos segundos que no recibimos nada del servidor. Su última respuesta aún no está confirmada; guardamos el texto hasta entonces.",
    lostTitle: "Conexión perdida",
    lostText: "Sus respuestas están guardadas, y seguiremos en la misma pregunta.",
    lostUnconfirmed:
      "Puede que su última respuesta no haya llegado. Guardamos el texto y seguiremos en la misma pregunta.",
    longTitle: "Seguimos sin conexión",
    longText:
      "Sus respuestas están guardadas y seguimos intentándolo. Revise su conexión a internet o vuelva más tarde con el mismo enlace.",
    longUnconfirmed:
      "Puede que su última respuesta no haya llegado. El texto se guarda en esta página y seguimos intentándolo. Revise su conexión a internet.",
    movedTitle: "Un momento",
    movedText: "Le estamos pasando a otro servidor. Sus respuestas están guardadas.",
    switchingTitle: "Un momento",
    switchingText: "Estamos cambiando el micrófono.",
    backTitle: "Ya hay conexión",
    backText: "Sigamos donde lo dejamos.",
    firstTitle: "Aún conectando",
    firstText:
      "Todavía no pudimos establecer la llamada. Algunas redes de empresa y VPN bloquean las llamadas; otra red puede ayudar.",
    trying: "Intentándolo de nuevo…",
    tryingIn: (seconds) => `Nuevo intento en ${n(seconds, "segundo", "segundos")}.`,
    tryNow: "Intentar ahora",
    soundTitle: "El sonido está apagado",
    soundText: "Su navegador necesita un clic más para reproducir la voz.",
    soundOn: "Activar el sonido",
    chooseMic: "Elegir micrófono",
  },

  leave: {
    title: "¿Salir de la entrevista?",
    text: "Esto termina la entrevista definitivamente. Sus respuestas se guardan; las preguntas que no hicimos quedan abiertas.",
    hint: "¿Solo necesita un descanso? Haga una pausa, o cierre esta página y abra su enlace más tarde.",
    confirm: "Salir definitivamente",
    cancel: "Quedarme",
    pause: "Mejor una pausa",
  },

  options: {
    title: "Opciones",
    pace: "Pausa antes de continuar",
    paceHelp: "Tras este silencio, damos su respuesta por terminada.",
    paces: {
      faster: ["Rápida", "para respuestas cortas"],
      normal: ["Normal", "unos dos segundos"],
      slower: ["Relajada", "tiempo para pensar mientras habla"],
    },
    captions: "Mostrar por escrito lo que se dice",
    microphone: "Micrófono",
    noMicrophone: "Prefiero escribir",
    close: "Cerrar",
  },

  paused: {
    title: "En pausa",
    text: "Su micrófono está apagado. Tómese el tiempo que necesite. Sus respuestas están guardadas.",
    draftKept: "Lo que escribió seguirá aquí después de la pausa. Envíelo entonces.",
    remaining: (minutes) =>
      minutes < 1 ? "Queda menos de un minuto de pausa." : `Pausa restante: ${n(minutes, "minuto", "minutos")}.`,
    after: "Después guardamos la entrevista, y su enlace le trae de vuelta.",
    resume: "Continuar",
    leave: "Salir de la entrevista",
  },

  parked: {
    title: "Su entrevista le espera",
    text: "Estuvo en pausa un buen rato, así que la guardamos. Sus respuestas están a salvo, y seguimos en la misma pregunta.",
    resume: "Continuar la entrevista",
  },

  finished: {
    title: "Gracias, eso es todo",
    titleLeft: "Ha salido de la entrevista",
    text: (answered, of) =>
      `Respuestas: ${answered} de ${n(of, "pregunta", "preguntas")}. Sus respuestas están guardadas.`,
    textLeft: "Sus respuestas están guardadas. Gracias por su tiempo.",
    next: "Puede cerrar esta página.",
  },

  endings: {
    undoAsk: "¿Ha cambiado de opinión?",
    undo: (seconds) => `Deshacer (${seconds})`,
    declineSent: "Su decisión está guardada.",
    declineNotSent: "Su decisión aún no nos ha llegado. Deje esta página abierta; seguimos intentándolo.",
    alternative: "¿Prefiere otra forma?",
    contact: (address) => `¿Preguntas? ${address}`,
    privacy: "Aviso de privacidad",
    goOn: "Continuar",
    newTab: "(se abre en otra pestaña)",
    thanks: "Gracias por su tiempo.",
    notNow: "Ahora no se puede cargar. Inténtelo de nuevo en un momento.",
    reviewTitle: "Revise sus palabras",
  },

  problem: {
    waiting: "Está esperando una plaza",
    retry: "Intentar de nuevo",
    retryIn: (seconds) => `Nuevo intento en ${n(seconds, "segundo", "segundos")}.`,
    retrying: "Intentándolo de nuevo…",
    kinds: {
      link: [
        "Este enlace no funciona",
        "Puede que esté incompleto o que se haya retirado. Copie el enlace entero de su invitación o pida uno nuevo.",
      ],
      over: [
        "Esta entrevista ha terminado",
        "Se completó o se acabó el tiempo. Si cree que es un error, hable con la persona que le invitó.",
      ],
      expired: [
        "Esta entrevista ha caducado",
        "Se acabó el tiempo. Lo que dijo hasta entonces se conserva. Si quiere seguir, hable con la persona que le invitó.",
      ],
      cancelled: [
        "Esta entrevista se canceló",
        "La organización la ha terminado. Lo que dijo hasta entonces se conserva. Si tiene preguntas, hable con la persona que le invitó.",
      ],
      deleted: [
        "Esta entrevista se borró",
        "La organización la ha borrado, junto con lo que dijo. Si tiene preguntas, hable con la persona que le invitó.",
      ],
      failed: [
        "La entrevista tuvo que parar",
        "Algo falló por nuestra parte. Lo que dijo hasta entonces se conserva. Hable con la persona que le invitó.",
      ],
      damaged: [
        "No se puede abrir esta entrevista",
        "Los datos guardados están dañados, y volver a intentarlo no sirve. Usted no ha hecho nada mal. Hable con la persona que le invitó.",
      ],
      superseded: [
        "La entrevista está abierta en otra ventana",
        "La entrevista sigue en su otra ventana. Si quiere, puede continuar aquí.",
      ],
      full: [
        "Ahora mismo no hay plazas",
        "No se ha perdido nada. Deje esta página abierta; le dejaremos entrar en cuanto haya sitio.",
      ],
      network: ["No podemos conectar con el servidor", "Revise su conexión a internet. Seguimos intentándolo."],
      server: ["El servidor tiene un problema", "Usted no ha hecho nada mal. Seguimos intentándolo."],
      rejected: ["No se pudo iniciar la llamada", "El servidor no la aceptó. Inténtelo de nuevo o use otro navegador."],
      consent: [
        "Primero necesitamos su consentimiento",
        "El texto que aceptó ha cambiado, o su decisión no se guardó. Léalo otra vez, por favor.",
      ],
      browser: [
        "Este navegador es demasiado antiguo para una entrevista por voz",
        "Abra su enlace en una versión actual de Chrome, Edge, Firefox o Safari.",
      ],
    },
    takeOver: "Continuar aquí",
    again: "Leerlo otra vez",
  },

  words: {
    asked: "Usted pidió",
    replied: "Usted respondió",
    before: "Usted dijo",
    history: "Conversación",
    historyTitle: "La conversación hasta ahora",
    historyEmpty: "Todavía no se ha dicho nada.",
    historyFailed: "No se pudo abrir la conversación. Inténtelo de nuevo en un momento.",
    close: "Cerrar",
    moment: "Necesito un momento",
    skipGreeting: "Saltar la introducción",
    notArriving: "Ahora mismo no nos llega nada.",
    tooLongBy: (/** @type {number} */ characters) =>
      `Es demasiado largo para enviarlo de una vez. Acórtelo en unos ${n(characters, "carácter", "caracteres")}.`,
  },

  network: {
    checking: "Comprobando su conexión…",
    open: "Su conexión deja pasar el sonido.",
    blockedTitle: "Su red bloquea la llamada",
    blockedText:
      "El sonido no llega. Algunas redes de empresa y VPN lo impiden; otra red, como la de su móvil, puede ayudar. También puede escribir toda la entrevista por la conexión web normal.",
    unknown: "No pudimos comprobar su conexión.",
    type: "Escribir por la conexión web",
    again: "Comprobar otra vez",
    bannerTitle: "El sonido no llega",
    bannerText: "Parece que su red bloquea la llamada. Otra red puede ayudar, o escriba por la conexión web normal.",
  },

  rehearsal: {
    title: "Una frase de prueba",
    text: "Lea una frase en voz alta, escúchese y vea lo que hemos entendido. Dura medio minuto y no se guarda nada.",
    start: "Probar una frase",
    stop: "Parar",
    again: "Probar otra vez",
    failed: "La prueba no se ha podido cargar. Puede empezar sin ella o intentarlo de nuevo.",
  },

  microphones: {
    ended: {
      name: "Micrófono desconectado",
      text: "Conéctelo otra vez o elija otro. También puede escribir.",
    },
    blocked: {
      name: "Micrófono bloqueado",
      text: "Permítalo para esta página en el navegador. También puede escribir.",
    },
    muted: {
      name: "Silenciado por su dispositivo",
      text: "Busque un botón de silencio en los auriculares o el teclado. También puede escribir.",
    },
    silent: {
      name: "Micrófono sin sonido",
      text: "No nos llega nada de él. Si está hablando, compruebe que está encendido o elija otro.",
    },
    nowUsing: (name) => `Su micrófono es ahora: ${name}`,
  },

  embed: {
    openTab: "Abrir en otra pestaña",
  },
};
