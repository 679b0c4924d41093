import { button, enable, h, setText, show } from "../page/dom.js";
import { failureLine, sentenceOf, time } from "./parts.js";
import { words } from "./words.js";

/**
 * @typedef {import("./api.js").ConsoleApi} ConsoleApi
 *
 * @typedef {object} Delivery
 * @property {string} id
 * @property {string} endpoint
 * @property {string | null} interview
 * @property {string} type
 * @property {string} created_at
 * @property {"pending" | "delivered" | "failed"} status
 * @property {string | null} next_at
 * @property {{at: string, status: number | null, error: string}[]} attempts
 *
 * @typedef {object} Endpoint
 * @property {string} id
 * @property {string} host
 * @property {boolean} enabled
 * @property {{since: string, reason: string} | null} disabled
 * @property {number} pending
 */

const LIMIT = 20;
const KINDS = { pending: "open", delivered: "live", failed: "bad" };

/** What was sent to whom, and what came of it. @param {ConsoleApi} api @returns {import("./app.js").Screen} */
export function deliveriesScreen(api) {
  const s = words.deliveries;
  const heading = h("h1", { text: s.title, attrs: { tabindex: -1 } });
  const said = h("p", { class: "notice", attrs: { role: "status" } });
  const failure = failureLine();
  const endpoints = h("div", { class: "endpoints" });
  const rows = h("tbody");
  const head = h("tr", {}, ...Object.values(s.columns).map((text) => h("th", { text, attrs: { scope: "col" } })));
  const table = h("table", { class: "interviews" }, h("thead", {}, head), rows);
  const empty = h("p", { class: "empty", text: s.empty });
  const older = button(words.list.next, () => void load(following), { class: "button secondary" });
  const newest = button(s.newest, () => void load(""), { class: "button secondary" });
  let following = "";
  /** @param {Delivery} delivery */
  const again = async (delivery) => {
    try {
      await api.replay(delivery.id);
      setText(said, s.sentAgain);
      await load("");
    } catch (error) {
      setText(failure, sentenceOf(error));
    }
  };
  /** @param {Endpoint} endpoint */
  const enabled = async ({ id, host }) => {
    try {
      await api.enable(id);
      setText(said, s.enabledAgain(host));
      await load("");
    } catch (error) {
      setText(failure, sentenceOf(error));
    }
  };
  /** @param {string} cursor */
  const load = async (cursor) => {
    setText(failure, "");
    try {
      const [found, known] = await Promise.all([api.deliveries(cursor, LIMIT), api.endpoints()]);
      following = found.next_cursor;
      endpoints.replaceChildren(...known.endpoints.map((one) => endpointCard(one, () => void enabled(one))));
      rows.replaceChildren(...found.deliveries.map((one) => rowOf(one, () => void again(one))));
      show(empty, found.deliveries.length === 0);
      setText(empty, known.endpoints.length ? s.empty : s.nowhere);
      show(table, found.deliveries.length > 0);
      enable(older, following !== "");
    } catch (error) {
      setText(failure, sentenceOf(error));
    }
  };
  show(empty, false);
  show(table, false);
  void load("");
  const paging = h("div", { class: "paging" }, newest, older);
  const element = h("div", { class: "screen wide" }, heading, said, failure, endpoints, table, empty, paging);
  return { element, title: s.title };
}

/** @param {Endpoint} endpoint @param {() => void} enableIt */
function endpointCard({ id, host, enabled, disabled, pending }, enableIt) {
  const s = words.deliveries;
  const state = enabled ? s.enabled : s.disabled(disabled?.reason ?? "");
  const chip = chipOf(enabled ? "live" : "bad", state);
  const waiting = h("p", { class: "fine", text: s.waiting(pending) });
  const attrs = { "aria-label": s.enableFor(host) };
  const act = disabled ? button(s.enable, enableIt, { class: "button secondary", attrs }) : null; // else the file says so
  const name = h("p", { class: "fine", text: id });
  return h("section", { class: "card" }, h("h2", { text: host }), name, chip, waiting, act);
}

/** @param {string} kind @param {string} text */
function chipOf(kind, text) {
  const dot = h("span", { class: "dot", attrs: { "aria-hidden": "true" } });
  return h("span", { class: "chip", attrs: { "data-kind": kind } }, dot, h("span", { text }));
}

/** @param {Delivery} delivery @param {() => void} again */
function rowOf(delivery, again) {
  const s = words.deliveries;
  const { interview } = delivery;
  const about = interview
    ? h("a", { text: interview, attrs: { href: `#/interview/${encodeURIComponent(interview)}` } })
    : words.list.nobody;
  const last = delivery.attempts.at(-1);
  const came = last ? s.attempts(delivery.attempts.length, last.error || String(last.status)) : s.none;
  const replay = button(s.again, again, {
    class: "button secondary",
    attrs: { "aria-label": s.againFor(delivery.type, interview ?? "") },
  });
  const cells = [
    h("th", { text: delivery.type, attrs: { scope: "row" } }),
    cell(s.columns.interview, about),
    cell(s.columns.status, chipOf(KINDS[delivery.status], s.statuses[delivery.status])),
    cell(s.columns.attempts, came),
    cell(s.columns.made, time(delivery.created_at)),
    cell(s.columns.act, replay),
  ];
  return h("tr", {}, ...cells);
}

/** @param {string} name @param {Node | string} value */
function cell(name, value) {
  return h("td", { attrs: { "data-name": name } }, value);
}
