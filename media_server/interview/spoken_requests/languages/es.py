"""Spanish. How phrases are written stands in `phrases.py`, what the fields mean in `table.py`.

Without accents, as the words are compared: "más" is "mas", "oír" is "oir".
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
    "puedes": "puede", "podrias": "podria", "te": "le", "os": "le", "tu": "su", "tus": "su",
    "quieres": "quiere", "dices": "dice", "dijiste": "dijo", "has": "ha", "hablas": "habla",
    "estas": "esta", "eres": "es", "tienes": "tiene", "vas": "va", "oyes": "oye",
    "escuchas": "escucha", "micro": "microfono", "minuto": "momento", "segundo": "momento",
    "momentito": "momento", "minutos": "momento", "segundos": "momento", "segundito": "momento",
    "instante": "momento", "minutito": "momento", "rato": "momento", "ratito": "momento",
    "nuevamente": "otra vez", "1": "un", "lento": "despacio", "lentamente": "despacio",
    "fuerte": "alto", "pausas": "pausa", "descansito": "descanso", "respuestas": "respuesta",
    "preguntas": "pregunta", "escuche": "oi", "escuchado": "oido", "escucho": "oigo",
    "escuchar": "oir", "escucharle": "oirle", "escucharlo": "oirle", "escucharla": "oirle",
    "escucharte": "oirle", "oirlo": "oirle", "oirla": "oirle", "oirte": "oirle",
    "comprendo": "entiendo", "comprendi": "entendi", "comprendido": "entendido",
    "comprender": "entender", "contestar": "responder", "contestarla": "responderla",
    "contestarle": "responderle", "conversacion": "entrevista", "llamada": "entrevista",
    "repetirnos": "repetir",
}  # fmt: skip
"""The familiar form and the polite one are one, and so are "oír" and "escuchar"."""
FILLERS = words("""
    usted ustedes eh em este mmm mm hm hmm ah oh pues bueno perdon perdone perdona disculpe
    disculpa disculpen porfa porfavor verdad sinceramente realmente solo tal amablemente quizas
    quiza entonces ok okay vale muy justo exactamente completamente totalmente simplemente mire
    mira oiga ahora ya aqui senor senora senorita honestamente francamente todavia aun
""")
GROUPS = groups("""
you:
    [me|nos|le] [lo|la] (puede|podria|pudiera|quiere|querria) [me|nos]|[le] (importa|importaria)
    (es|seria) posible|seria tan amable de|haga el favor de|me gustaria que|quisiera que
    necesito que|[me] puede volver a
may:
    (podemos|podriamos|puedo|podria|se puede|es posible|seria posible|vamos a|le importa si)
    [me] gustaria que pudieramos
want:
    (quiero|quisiera|querria|me gustaria|necesito|tengo que|debo|prefiero|preferiria|voy a|deseo)
q:
    (la|esta|esa|su) [ultima|misma] pregunta
it:
    <q>|eso|esto|lo|lo que (dijo|ha dicho|quiere [decir]|pregunto|me pregunta|pide)
again:
    otra vez|de nuevo|una vez mas|una segunda vez
bit:
    un (poco|poquito)|algo|mucho
repeat:
    repetir|repetirme|repetirlo|repetirla|repetirmelo|repetirmela|releer|leerla|leer|decirlo
    decirmelo|hacerla|volver a (decir|repetir|preguntar|hacer|leer) [<it>]
    volver a (decirlo|repetirlo|leerla|hacerla|decirmelo)
end:
    (la|el|lo) (ultima|final|ultimo|segunda) [parte|frase|palabra|mitad|trozo] [de <q>|de la
        frase] [que (dijo|ha dicho)]
    el final [de <q>]
simpler:
    de (otra|otro) (manera|forma|modo)|con (otras|sus) palabras
    (con|en) [<bit>] palabras mas (sencillas|simples|faciles|claras)
    (mas|de forma mas|de manera mas) (sencillo|simple|facil|claro|clara|sencilla)
    en (otras palabras|terminos mas (sencillos|simples))
next:
    [a|con|de] (la|una|otra) (siguiente|proxima|pregunta siguiente|otra pregunta|pregunta
        distinta) [pregunta]
    [a|con] otra (cosa|pregunta|distinta)|[a] lo siguiente
about:
    (a|de|sobre) (eso|esto|ese tema|este tema|<q>)|al respecto|a <q>|<q>
answering:
    (responder|responderla|responderle|decir|decirlo|hablar|comentar|opinar|entrar) [<about>|nada|
        nada <about>|en eso]
moment:
    (un|unos|otro|medio) [pequeno] momento|(algo de|un poco de|mas) tiempo|unos momento
person:
    (con|a) (una|un|alguna|la) (persona|humano|ser humano|reclutador|agente|representante|
        responsable|empleado) [real|humana|de verdad|fisica|de la empresa]
    con (alguien|personas) [real|reales|de la empresa|de verdad|de recursos humanos]
    una persona [real|de verdad|humana]|un humano|recursos humanos
device:
    [mi|el|la|los|mis|su] (microfono|audio|sonido|internet|conexion [a internet]|camara|
        auriculares|cascos|wifi|red|linea|ordenador|computadora|portatil|telefono|movil|pantalla|
        pagina|navegador|bateria|video|senal)
said:
    lo que (he dicho|dije|ha entendido)|lo|eso|mi respuesta|mis respuestas|todo
there:
    me (escucha|escuchan|oye|oyen)|(hay|esta) alguien [ahi|aqui]|esta ahi|sigue ahi|[se] me oye
    [me] puede oir|[me] puede oirme
""")
AROUND = phrases("""
    si|no|y|o|pero|porque|gracias|muchas gracias|hola|buenos dias|buenas tardes|claro|de acuerdo
    bien|asi que|lo siento|la verdad [es que]|es que|creo que|me temo que|si es posible|si puede
    si no le importa|para mi|a mi|[es] [una] buena pregunta|claro que si
    [es] una pregunta (dificil|interesante|complicada)|buena pregunta|por ahora|de momento
    me distraje|me he distraido|hay (ruido|mucho ruido) [aqui]|mi espanol no es (bueno|tan bueno)
    <again>|le|me|hoy|ahi|que|a ver|digamos|antes|tambien|por un momento|primero|mejor|sobre eso
    de eso
""")
ASKED = requests("""
repeat:
    <you> [<again>] (<repeat>) [<it>] [<again>]
    <you> (decir|decirlo|preguntar|hacer|leer) [<it>] <again>
    me lo (puede|podria) (decir|repetir) [<again>]|(puedo|podria) oir [<it>] [<again>]
    (repita|repitame|repitalo|repitela|repiteme|repite|repitamela) (<it>) [<again>]
repeat_last:
    <you> (<repeat>|decir) [<it>] (<end>) [<again>]|(puedo|podria) oir (<end>) [<again>]
    (repita|repitame|repite) (<end>) [<again>]
rephrase:
    <you> (explicar|explicarme|aclarar|aclararme|reformular|reformularla|reformularlo|explicarlo|
        explicarmelo|explicarla|simplificar|precisar|concretar|definir|ser mas claro) [<it>|que *|
        mejor|mas|que quiere decir|a que se refiere|el significado] [<bit>] [<simpler>|mejor|mas]
    <you> (decir|decirlo|decirmelo|preguntar|poner|formular|formularla|plantear|expresar|hacer|
        hacerla|explicar|explicarlo|preguntarlo) [<it>] (<simpler>)
    (me lo|lo) (puede|podria) (decir|explicar|aclarar) [<simpler>|mejor]
    <you> (dar|darme|ponerme|poner) un ejemplo|(expliqueme|explique|aclare) [<it>|mejor]
slower:
    <you> (hablar|ir|decirlo|repetir|leer|repetirlo|hablarme) [<it>] [<again>] [<bit>] [mas]
        (despacio|lento|lenta)
    <you> (reducir|bajar) la velocidad|(hable|hableme|vaya) [<bit>] mas despacio
    <you> no (hablar|ir) tan rapido|no (hable|vaya) tan (rapido|deprisa)
louder:
    <you> (hablar|decirlo|repetir|repetirlo) [<it>] [<again>] [<bit>] mas alto
    <you> (subir|aumentar|alzar|levantar|elevar) (el volumen|la voz) [<bit>]
    (hable|hableme) [<bit>] mas alto|(suba|sube|aumente|alce) [<bit>] (el volumen|la voz)
skip:
    <may> (ir|continuar|seguir|pasarnos|pasar|saltar|avanzar) <next>|<may> (pasar|saltar|avanzar)
    (pasemos|vamos|vayamos|sigamos|avancemos|continuemos) (<next>)|pasamos (<next>)
    <may> (saltar|saltarnos|omitir|dejar|saltarme|saltarla|saltarlo|omitirla) [<it>|<q>]
    <you> (pasar|hacer|hacerme|ir|preguntarme) (<next>)|(saltemos|omitamos|dejemos) [<it>]
think:
    <may> (tener|tomarme|pensar|pensarlo) [<moment>] [para pensar] [<it>]
    <you> (dar|darme|dejar|dejarme) (<moment>) [para pensar|para pensarlo]
not_finished:
    <may> (volver|regresar|anadir|agregar) [algo] [mas] [a (la|mi) (pregunta|respuesta|ultima)
        [anterior|pregunta|respuesta]]
    dejeme (terminar|acabar)|<may> (terminar|acabar) [mi (respuesta|frase)]
pause:
    <may> (hacer|tomar|tener|hacernos|tomarnos|tomarme) [una|un] [pequena|pequeno|breve|corta]
        (pausa|descanso|receso)
    <may> (parar|pausar|detener|interrumpir) [la entrevista] (<moment>)
    <may> pausar [la entrevista]|(hagamos|tomemos) (una pausa|un descanso)
leave:
    <may> (terminar|parar|acabar|dejar|finalizar|cancelar|detener|concluir) [ya|aqui] [la
        entrevista|esto|esta entrevista] [aqui]
    (terminemos|acabemos) [ya|aqui] [la entrevista|esto]
    (pare|termine) [ya|aqui] (la entrevista|esto)
human:
    <may> (hablar|comunicarme) (<person>) [en persona|directamente]
    (es|estoy hablando con|hablo con) (un|una) (robot|maquina|persona|ia|bot|humano|ordenador|
        persona real|inteligencia artificial)
    es humano
    hay (alguna persona|alguien|una persona) [real] [con quien (hablar|pueda hablar|puedo hablar)|
        con la que [pueda|puedo] hablar]
    <you> (pasarme|ponerme|comunicarme) (<person>)
summarise:
    <you> (resumir|resumirme|resume|resuma) [<said>] [hasta ahora|hasta aqui]
    <you> (hacer|hacerme|dar|darme) un [breve] resumen [de <said>] [hasta ahora]
    que (ha|has) entendido [hasta ahora|hasta aqui|de mi respuesta]
interviewer_question:
    [le] <may> (hacerle|hacer|preguntar|preguntarle|hacerte|preguntarte) (algo|(una|alguna|unas|
        otra) (cosa|pregunta))
    <may> (hacerle|hacer) una pregunta|le puedo (preguntar|hacer) [algo|una pregunta]
    (cual|cuanto) es (el|la) (salario|sueldo|paga|pago)
    cuanto (se cobra|pagan|se gana|cobraria|cobrare|voy a ganar)
    cuanto (dura|durara|falta|queda) [la entrevista|esto|esta entrevista]
    cuantas pregunta (son|quedan|faltan|hay)
    cuando (sabre|me llamaran|recibire|me diran|tendre) [algo|una respuesta|el resultado|noticias|
        respuesta]
    (cuales son los|cual es el) (siguiente|siguientes|proximos|proximo) (paso|pasos)
    [se] esta grabando [la entrevista|esto]
""")
STATED = requests("""
repeat:
    (cual|como) (era|es|fue) (<q>) [<again>]
    (que) (dijo|ha dicho|decia|me pregunto|pregunto|me ha preguntado|ha preguntado|era) [<again>]
    como (dice|dijo|ha dicho)|que dice
    no (le|lo|la|he|he podido|pude|alcance a|logre) [he] (oi|oido|entendi|oir|oirle|entender|
        entendido|pille) [bien] [<it>]
    no (oi|entendi) bien [<it>|<again>]|no oi [nada|<it>]|[le] me he perdido
    no estaba (prestando atencion|atento|atenta|escuchando)|(perdi|he perdido) (el hilo|<it>)
    se me (olvido|ha olvidado) (<it>)|<there>|(quiero|quisiera|me gustaria) oir (<it>) [<again>]
repeat_last:
    no (entendi|oi|he oido|he entendido|pude oir|alcance a oir|cogi) [bien] (<end>)
    (cual|que) (era|fue|es) (<end>)|solo (oi|entendi) (la primera parte|la mitad|el principio)
    que dijo al final
rephrase:
    (que|a que) (quiere decir|se refiere|significa) [con] [eso|esto|*]
    que es lo que (quiere|pregunta|me pregunta|busca|pide) [saber|exactamente]
    que (quiere|espera) [saber|que diga|que responda|de mi]
    no (entiendo|entendi|me queda claro|he entendido|esta clara) [bien|muy bien] [<it>|que
        (quiere|pide|busca|significa|es) [decir|saber|*]|lo que (quiere|pide|pregunta|busca)
        [decir|saber]|a que se refiere|el sentido]
    no se (que quiere decir|que significa [eso|*]|a que se refiere|lo que quiere decir)
    (<it>|la pregunta) [me] (no esta clara|es confusa|es complicada|parece confusa)
    estoy (confundido|confundida|perdido|perdida)|en que sentido|no (entiendo|entendi) (<it>)
slower:
    (habla|va|ha hablado|es) [demasiado|tan|<bit>] (rapido|deprisa) [para mi]
    (eso|ha sido|fue|era) (demasiado|<bit>) rapido [para mi]|va demasiado deprisa
    no (puedo|consigo) seguirle
louder:
    (habla|esta) (demasiado|<bit>) bajo|no (habla|esta) [lo] suficientemente alto
cannot_hear:
    no (le|lo|la|se le|se|se la) oigo [bien|nada|muy bien|casi]
    no (le|lo|la|se le|se|se la) (oye|oyen|escucha) [bien|nada|muy bien|casi] [nada]
    no oigo [nada|bien|el audio|ningun sonido|casi nada]|apenas (le|lo|la) (oigo|escucho)
    casi no (le|lo|la|se) (oigo|oye|le oye)|no (puedo|consigo|logro) (oirle|oir) [bien|nada]
    no hay (sonido|audio|voz)|le (oigo|oye) (mal|bajo|lejos|entrecortado|bajito|con cortes)
    se (oye|escucha) (mal|bajo|entrecortado|bajito|lejos|cortado|con eco)
    (su voz|el sonido|el audio|el volumen) (se corta|esta bajo|es baja|se oye mal|es bajo|se
        entrecorta|esta (bajo|baja))
skip:
    <want> (pasar|saltar|saltarme|omitir|avanzar|ir|seguir|dejar) (<it>|<next>)
    <want> (pasar|saltar)|<want> no (<answering>)
    no (quiero|deseo|voy a|puedo|me apetece|me gustaria) (<answering>)
    (no me siento|no estoy) (comodo|comoda) (con eso|respondiendo [eso]|hablando de eso)
    sin comentarios|(es|eso es) demasiado (personal|privado)
    (paso|salto|me salto) [de] (<q>|palabra|esta|esa)|no tengo nada que decir [<about>]
    salte (<it>)
no_idea:
    no (lo|la) se|no se (que decir|que responder|como responder|la respuesta|<it>) [<about>]
    no tengo [ni] [ninguna|una|la] (idea|respuesta|opinion|ejemplo|ni idea) [de eso|para eso|
        <about>]
    no tengo ni [la menor] idea [de eso|<about>]
    no se me ocurre (nada|ninguno|ningun ejemplo|ninguna)|me he quedado en blanco
    tengo la mente en blanco|no (sabria|sabria que) (decir|responder|decirle|responderle)
    no (puedo|sabria) (responder [a] (eso|<q>)|pensar en nada)|no recuerdo ningun ejemplo
not_finished:
    no (he|habia|he podido) (terminado|acabado|terminar|acabar)|no (termine|acabe)
    (me ha|me) (interrumpido|interrumpio|cortado|corto)
    (estaba|estoy) (hablando|respondiendo|todavia hablando)
    <want> (anadir|agregar|completar|decir) (algo|una cosa) [mas] [a (la|mi) (respuesta|pregunta)
        [anterior]|<about>]
    <want> (volver|regresar) a (la|mi) (pregunta|respuesta|anterior) [anterior|pregunta]
    (quiero|dejeme) (terminar|acabar) [mi (respuesta|frase)]
pause:
    <want> [hacer|tomar|tomarme] (una|un) [pequena|pequeno|breve] (pausa|descanso|receso)
    <want> (parar|pausar) (<moment>)
    <want> (ir al bano|ir al servicio|ir al aseo|beber agua|contestar el telefono|abrir la puerta)
    <want> descansar [<moment>]|(llaman|estan llamando|tocan) (a la puerta|al timbre)
    (ahora|ya) vuelvo|vuelvo en (<moment>)|vuelvo enseguida
leave:
    <want> (terminar|parar|acabar|dejar|finalizar|cancelar|abandonar|interrumpir) [ya] (la
        entrevista|esto|aqui|esta entrevista|de hacer la entrevista)
    (tengo que|debo|necesito|quiero) (irme|marcharme|salir|colgar)
    no (quiero|puedo|deseo) (seguir|continuar) [con (la entrevista|esto)|mas]
    (termine|pare|acabe|detenga|cancele) la entrevista|<want> (parar|terminar)
human:
    <want> (hablar|comunicarme) (<person>)
    no quiero hablar con (un robot|una maquina|una ia|un bot|un ordenador)
    que hable conmigo una persona
interviewer_question:
    (tengo|tenia|tendria) (una|otra|alguna|algunas|unas|varias) (pregunta|duda) [para usted|para
        le|para su|sobre *|tambien]
    <want> (hacerle|hacer|preguntarle|preguntar) (una|algo|alguna) [pregunta]
trouble:
    [no] (<device>) (no me funciona|no funciona|no va|va mal|esta mal|falla|se corta|no carga|se
        ha (caido|cortado|congelado|apagado|bloqueado)|esta (roto|fallando|lento|congelada|
        bloqueada|apagado|muerto)|va muy lento|va lento|es mala|es (mala|lenta|inestable)) [bien]
    [no] [me] (no funciona|no va|falla|no [me] funciona|no me va|no anda) [bien] (<device>)
    (<device>) (va|me va|esta) [tan] (mal|lento|lenta)
    se me (ha ido|fue|corta|cae|ha caido|ha cortado|va) (<device>)
    (tengo|estoy teniendo|hay|tenemos) [un|unos|algun|algunos] (problema|problemas|fallo|fallos)
        [tecnico|tecnicos|de|con] [conexion|audio|sonido|internet|red|microfono|<device>]
    (oigo|hay) [un] eco|me (desconecte|he desconectado)
""")
ALONE = requests("""
repeat:
    <again>|(repita|repitame|repite|repetir|repitalo|repitamelo|repiteme) [<it>] [<again>]
    (<q>) <again>|hola|me lo repite|mande|diga|(dime|diga) <again>|<again> (<q>)
repeat_last:
    (<end>) <again>
rephrase:
    (explique|expliquese|aclare)|a que se refiere|no entiendo
slower:
    [<bit>] mas despacio|no tan rapido
louder:
    [<bit>] mas (alto|volumen)
cannot_hear:
    no oigo|no hay (audio|sonido)
skip:
    (<next>)|siguiente [pregunta]|proxima pregunta|la (siguiente|proxima) [pregunta]|paso|pasar
    pasamos|saltar [<it>]|salta
no_idea:
    no se|ni idea|no tengo idea|[no] [tengo] ni idea|sin respuesta|nada se me ocurre
think:
    (<moment>)
    (dejeme|deme|permitame|dejame) (<moment>|que [lo] (piense|pensar)|pensar|pensarlo) [<moment>]
        [para (pensar|pensarlo)] [<it>] [<moment>]
    (espere|espera) [<moment>]|<want> (pensar|pensarlo|reflexionar) [<moment>]
    <want> (<moment>) [para (pensar|pensarlo|reflexionar)]|(estoy|lo estoy) (pensando|pensandolo)
    a ver|voy a pensarlo
pause:
    [una] [pequena|breve|corta] pausa|(un|una) [pequeno|breve] descanso
leave:
    adios|hasta luego|chao
human:
    (hablar|quiero) (<person>)
trouble:
    (problema|problemas) (tecnico|tecnicos|de (conexion|audio|sonido))
""")
DOUBTFUL = requests("""
repeat:
    que|como
repeat_last:
    <end>
rephrase:
    (un|por) ejemplo|<simpler>
skip:
    (es|eso es) (personal|privado)|prefiero (que no|no hacerlo)|otra cosa
slower:
    despacio
pause:
    [un] descanso
leave:
    basta
human:
    <person>|persona|humano
""")
QUESTIONS = phrases("""
    (hay|tiene|ofrece|ofrecen|tienen|es|son|esta|se|puedo|podre|tendre|tendria|va|van|seria|
        trabajan) (el|la|un|una|los|las|posible|posibilidad|remoto|que|trabajo|usted|en|de|turno|
        turnos)
    (cuando|donde|cuantos|cuantas|cuanto|cual|cuales|quien|como|por que) (es|son|seria|empieza|
        empezaria|hay|tiene|tienen|trabajan|sera|esta|trabaja|se)
""")
TELLING = words("""
    pregunto preguntaba preguntan digo decia dicen dijeron dije pedi pido conte cuento explico
    siempre normalmente veces nunca cliente clientes paciente pacientes companero companeros jefe
    jefa equipo profesor gente alguien ellos ella nosotros nuestro nuestra ano anos semana mes
    cuando mientras hasta proyecto experimento trabajaba trabaje aprendi deje empresa telefono
    servidor estudios carrera izquierdo madrid trabajo
""")
ES = Table(
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
    linking=words("es era fue son eran esta"),
    joining=words("y pero porque o"),
    polite=polite("""
        por favor
        lo siento
        si puede ser
        la verdad
        de verdad
    """),
)
