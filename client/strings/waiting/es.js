/** @type {import("./en.js").WaitingWords} */
export const words = {
  place: "En este momento todas las plazas están ocupadas. Cuando alguien sale, entra la siguiente persona.",
  load: "Nuestro servidor está muy ocupado en este momento. Deja entrar a las personas una tras otra.",
  next: "Es su turno en cuanto haya una plaza.",
  ahead: (people) => (people === 1 ? "Hay una persona antes que usted." : `Hay ${people} personas antes que usted.`),
  soon: "Debería tardar menos de un minuto.",
  about: (minutes) => `Debería tardar unos ${minutes} minutos.`,
  unknown: "Todavía no podemos decir cuánto tardará.",
  joins: "Entrará automáticamente en cuanto haya una plaza.",
  microphone: "Su micrófono se queda como lo ha configurado.",
  leave: "También puede cerrar esta página y volver más tarde con el mismo enlace.",
  turn: "Su turno sigue siendo suyo durante un minuto aproximadamente.",
};
