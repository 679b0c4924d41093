/**
 * Says that the page did not load, when a part of it has not come. It is no module and needs none:
 * one that does not come takes all of them with it, and the page would stay empty.
 */
(() => {
  /** @type {Record<string, [string, string, string]>} */
  const WORDS = {
    en: ["The page did not load", "Check your connection. Nothing is lost.", "Try again"],
    de: ["Die Seite wurde nicht geladen", "Prüfen Sie Ihre Verbindung. Es ist nichts verloren.", "Erneut versuchen"],
    es: ["La página no se ha cargado", "Compruebe su conexión. No se ha perdido nada.", "Intentarlo de nuevo"],
    fr: ["La page ne s’est pas chargée", "Vérifiez votre connexion. Rien n’est perdu.", "Réessayer"],
    ar: ["لم تُحمَّل الصفحة", "تحقق من اتصالك. لم يُفقد شيء.", "إعادة المحاولة"],
  };
  const SLOW_MS = 20_000;
  const app = document.getElementById("app");
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  const lang = spoken.find((tag) => tag in WORDS) ?? "en";
  /** @type {HTMLElement | null} */
  let notice = null;
  const again = () => location.reload();
  const say = () => {
    if (!app || app.childElementCount || notice) return;
    const [title, advice, retry] = WORDS[lang] ?? [];
    notice = document.createElement("main");
    notice.lang = lang;
    notice.dir = "auto";
    notice.innerHTML = `<div class="screen narrow centered"><div class="centered" role="alert"><h1>${title}</h1><p>${advice}</p></div><button class="button primary large">${retry}</button></div>`;
    notice.querySelector("button")?.addEventListener("click", again);
    app.append(notice);
    addEventListener("online", again);
  };

  const waiting = setTimeout(say, SLOW_MS);
  // What was only to be fetched ahead is asked for again by whoever needs it.
  addEventListener("error", ({ target }) => target instanceof HTMLLinkElement || say(), true);
  addEventListener("unhandledrejection", say);
  new MutationObserver((_, observer) => {
    if (app?.lastElementChild === notice) return;
    // It has come, if late.
    observer.disconnect();
    clearTimeout(waiting);
    removeEventListener("online", again);
    notice?.remove();
  }).observe(app ?? document.body, { childList: true });
})();
