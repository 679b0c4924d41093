/**
 * Says that the page did not load, when a part of it has not come. It is no module and needs none:
 * one that does not come takes all of them with it, and the page would stay empty.
 */
(() => {
  /** @type {Record<string, [string, string, string]>} */
  const WORDS = {
    en: ["The page did not load", "Please check your connection. Nothing is lost.", "Try again"],
    de: [
      "Die Seite wurde nicht geladen",
      "Bitte prüfen Sie Ihre Verbindung. Es ist nichts verloren.",
      "Erneut versuchen",
    ],
    es: ["La página no se ha cargado", "Compruebe su conexión. No se ha perdido nada.", "Intentarlo de nuevo"],
    fr: ["La page ne s’est pas chargée", "Vérifiez votre connexion. Rien n’est perdu.", "Réessayer"],
    ar: ["لم تُحمَّل الصفحة", "يُرجى التحقق من اتصالك. لم يُفقد شيء.", "إعادة المحاولة"],
  };
  const SLOW_MS = 20_000;
  const app = document.getElementById("app");
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  const lang = spoken.find((tag) => tag in WORDS) ?? "en";
  /** @type {HTMLElement | null} */
  let notice = null;

  /** @param {string} tag @param {string} text */
  const element = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const again = () => location.reload();

  const say = () => {
    if (!app || app.childElementCount || notice) return;
    const [title, advice, retry] = WORDS[lang] ?? ["", "", ""];
    const button = element("button", retry);
    button.className = "button primary large";
    button.addEventListener("click", again);
    notice = Object.assign(element("main", ""), { className: "screen narrow centered", lang });
    notice.dir = lang === "ar" ? "rtl" : "ltr";
    const told = Object.assign(element("div", ""), { className: "centered", role: "alert" });
    told.append(element("h1", title), element("p", advice));
    notice.append(told, button);
    document.body.append(notice);
    addEventListener("online", again);
  };

  const waiting = setTimeout(say, SLOW_MS);
  // What was only to be fetched ahead is asked for again by whoever needs it.
  addEventListener("error", ({ target }) => target instanceof HTMLLinkElement || say(), true);
  addEventListener("unhandledrejection", say);
  new MutationObserver((_, observer) => {
    // It has come, if late.
    observer.disconnect();
    clearTimeout(waiting);
    removeEventListener("online", again);
    notice?.remove();
  }).observe(app ?? document.body, { childList: true });
})();
