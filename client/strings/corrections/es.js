/** @type {import("./en.js").CorrectionWords} */
export const words = {
  review: {
    lead: "Cambie lo que se entendió mal. Lo que se oyó queda al lado.",
    left: (minutes) =>
      `Quedan ${minutes} ${minutes === 1 ? "minuto" : "minutos"}. Después, sus palabras se entregan tal como se oyeron.`,
    heard: "Se oyó:",
    reset: "Volver a lo que se oyó",
    sendAsIs: "Todo correcto, entregar",
    send: (count) => `Entregar con ${count} ${count === 1 ? "corrección" : "correcciones"}`,
    back: "Ahora no",
  },

  summary: {
    yes: "Sí, por favor",
    no: "No, gracias",
    lead: "Con sus propias palabras. Cambie lo que no sea correcto; lo que dijo queda como está.",
    question: "Pregunta",
    save: "Guardar el cambio",
    saved: "Guardado",
    unsaved: "Sin guardar",
    right: "Es correcto",
    finish: "Guardar y terminar",
    reset: "Volver a lo entendido",
    tooSoon: "Ahora no hay conexión. Sus cambios se conservan aquí.",
  },
};
