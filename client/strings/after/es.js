/** What is said when the interview is over, in Spanish: loaded then, and ahead of it. */

const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count === 1 ? one : many}`;

/** @type {import("./en.js").AfterWords} */
export const words = {
  answers: "Sus respuestas",
  noAnswer: "Sin respuesta.",
  download: "Descargar como texto",
  file: "respuestas-entrevista.txt",
  question: "Pregunta",
  followUp: "Seguimiento de la pregunta",
  practice: "Práctica",
  candidateQuestions: "Sus preguntas",
  pending: "Aún se están escribiendo sus últimas palabras.",
  erased: "Sus palabras se guardaron por un tiempo limitado y se han borrado.",
  elsewhere: "Sus palabras solo se muestran en la ventana donde las dijo.",
  notHere: "Lo que dijo en otra ventana no se muestra aquí.",
  corrected: "Su corrección",
  takenBack: "Retirado",
  reviewAsk: (minutes) =>
    `Puede revisar y corregir sus palabras antes de que se entreguen. Tiempo restante: ${n(minutes, "minuto", "minutos")}.`,
  reviewOpen: "Revisar mis palabras",
  reviewDone: "Ha revisado sus palabras. Se han entregado.",
  reviewOver: "El tiempo para revisar ha terminado. Sus palabras se entregan tal como se oyeron.",
  reviewNotSent: "No se ha enviado. Sus correcciones siguen aquí; inténtelo de nuevo.",
  going: {
    goingOn: (site, seconds) => `En ${n(seconds, "segundo", "segundos")} pasará a ${site}.`,
    announced: (site) => `En un momento pasará a ${site}. También puede quedarse aquí.`,
    goOn: (site) => `Continuar a ${site}`,
    stay: "Quedarme aquí",
  },
};
