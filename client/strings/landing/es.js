/** @type {import("./en.js").LandingWords} */
export const words = {
  title: "Una entrevista por voz, con una IA",
  lead: "Responda a unas preguntas en su navegador. Oye a la entrevistadora, lee cada palabra y puede escribir en lugar de hablar cuando quiera.",
  points: [
    [
      "Tres preguntas, pocos minutos",
      "Puede hacer pausas, repetir o saltar preguntas, y volver si se corta la conexión.",
    ],
    ["El micrófono ayuda, pero no hace falta", "Sin él, escucha o lee las preguntas y escribe sus respuestas."],
    ["Ve lo que se ha entendido", "Sus palabras aparecen mientras habla, y al final puede guardar una copia."],
  ],
  start: "Empezar la entrevista de prueba",
  starting: "Preparando la entrevista…",
  failed: "No se pudo iniciar la prueba.",
};
