import { ENDINGS } from "./problems.js";

/** @typedef {import("./app.js").InterviewPage} InterviewPage */

const LOOK_MS = 250;

/**
 * In a frame: tell the page around it what happens. Which page that is stands in the address; a
 * message goes to a window of exactly that origin, and the server's `frame-ancestors` says which
 * origins there can be. Nothing in it is a secret.
 * @param {InterviewPage} page @param {string} hash of the address
 */
export function tellParent(page, hash) {
  const origin = originIn(hash);
  if (!origin || globalThis.parent === globalThis.window) return;
  const tell = (/** @type {string} */ type, detail = {}) =>
    globalThis.parent.postMessage({ source: "interview-call", type, ...detail }, origin);
  document.documentElement.setAttribute("data-embedded", "");
  const told = new Set();
  const look = () => {
    for (const [type, detail] of newsOf(page)) {
      // Late words may still change its numbers; the interview is over once.
      const key = type === "completed" ? type : JSON.stringify([type, detail]);
      if (!told.has(key)) tell(type, detail);
      told.add(key);
    }
  };
  setInterval(look, LOOK_MS);
  const app = /** @type {Element} */ (document.getElementById("app"));
  new ResizeObserver(() => tell("height", { height: Math.ceil(app.getBoundingClientRect().height) })).observe(app);
}

/** @param {string} hash such as "#embed=https%3A%2F%2Fjobs.example.org" @returns {string} "" for none */
export function originIn(hash) {
  const named = new URLSearchParams(hash.slice(1)).get("embed") ?? "";
  try {
    const { origin, protocol } = new URL(named);
    return origin === named && /^https?:$/.test(protocol) ? origin : "";
  } catch {
    return "";
  }
}

/**
 * What has happened so far, each once. @param {Pick<InterviewPage, "model">} page
 * @returns {[string, Record<string, unknown>][]}
 */
export function newsOf({ model }) {
  /** @type {[string, Record<string, unknown>][]} */
  const news = [];
  if (!["loading", "problem"].includes(model.screen)) news.push(["ready", {}]);
  if (model.connectedOnce) news.push(["started", {}]);
  const { completed } = model.view;
  if (completed) {
    const { status, answered, of } = completed;
    const url = ENDINGS[status] ? null : model.page?.redirect_url;
    news.push(["completed", { status, answered, of, ...(url && { redirect_url: url }) }]);
  } else if (model.decline?.state === "sent") {
    news.push(["completed", { status: "declined", answered: 0, of: model.page?.questions_total ?? 0 }]);
  }
  if (model.screen === "problem" && model.problem) news.push(["error", { kind: model.problem.kind }]);
  return news;
}
