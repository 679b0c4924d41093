import { button, enable, h, setText, show } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { directionOf } from "../strings/index.js";
import { ask } from "./dialogs.js";
import { evaluationPart } from "./evaluation.js";
import { MAIN, MORE } from "./fields.js";
import { copyButton, fact, failureLine, go, isOver, SERVER_SAYS, sentenceOf, statusChip, time } from "./parts.js";
import { watchPanel } from "./watch.js";
import { words } from "./words.js";

/** @typedef {import("./api.js").ConsoleApi} ConsoleApi */
/** @typedef {import("./api.js").Interview} Interview */

const SOON_MS = 200;
const REPORT_LINKS = "/v1/interviews/{interview}/report-links";

/** One interview and what can be done with it. @param {ConsoleApi} api @param {string} id @returns {import("./app.js").Screen} */
export function detailScreen(api, id) {
  const s = words.detail;
  const heading = h("h1", { attrs: { tabindex: -1 } });
  const failure = failureLine();
  const status = h("p", { class: "with-icon" });
  const facts = h("dl", { class: "facts" });
  const said = h("p", { class: "notice", attrs: { role: "status" } });
  const link = h("section", { class: "card" });
  const looking = soonOnce(() => void load());
  const live = livePart(api, id, looking.ask);
  const report = reportPart(api, id);
  const evaluation = evaluationPart(api, id, () => load());
  const danger = dangerPart(api, id, async (text) => {
    setText(said, text);
    if (text === s.erased) go("");
    else await load();
  });
  if (api.warnings.has(id)) setText(said, words.create.made);
  let asked = 0;
  const load = async () => {
    asked += 1;
    const mine = asked;
    try {
      const interview = await api.interview(id);
      if (mine !== asked) return; // a later answer is on its way, or here
      heading.replaceChildren(h("bdi", { text: interview.title || words.list.untitled }));
      status.replaceChildren(statusChip(interview), interview.live ? h("span", { text: words.live }) : "");
      facts.replaceChildren(...factsOf(interview));
      if (!link.firstChild) link.append(...linkPart(api, interview));
      evaluation.update(interview);
      show(link, !isOver(interview.status));
      show(danger.cancel, !isOver(interview.status));
      setText(failure, interview.damage ?? "");
      document.title = `${heading.textContent} – ${words.appName}`;
    } catch (error) {
      setText(failure, sentenceOf(error));
    }
  };
  void load();
  const above = [wayBack(), heading, status, said, failure, warningsPart(api.warnings.get(id))];
  const element = layout(above, [link, live.element], [facts, evaluation.element, report, danger.element]);
  const leave = () => {
    looking.stop();
    evaluation.stop();
    live.stop();
  };
  return { element, title: s.screen, leave };
}

/** @param {(Node | null)[]} above @param {(Node | null)[]} first @param {(Node | null)[]} second */
function layout(above, first, second) {
  const columns = [first, second].map((parts) => h("div", { class: "column" }, ...parts));
  return h("div", { class: "screen wide detail" }, ...above, h("div", { class: "columns" }, ...columns));
}

function wayBack() {
  const arrow = directionOf(words.lang) === "rtl" ? "→" : "←";
  return h("a", { class: "back", text: `${arrow} ${words.detail.back}`, attrs: { href: "#/" } });
}

/** What the server remarked when it was made here. @param {import("./api.js").Warning[]} [warnings] */
function warningsPart(warnings = []) {
  if (!warnings.length) return null;
  const items = warnings.map(({ pointer, message }) =>
    h("li", {}, h("strong", {}, h("bdi", { text: nameOf(pointer) })), h("p", { text: message, attrs: SERVER_SAYS })),
  );
  const list = h("ul", { class: "reasons" }, ...items);
  return h("section", { class: "card warnings" }, h("h2", { text: words.detail.warnings }), list);
}

/** As the form calls what a warning is about. @param {string} pointer */
function nameOf(pointer) {
  const number = /^\/questions\/(\d+)/.exec(pointer)?.[1];
  if (number) return words.create.question(Number(number) + 1);
  const field = [...MAIN, ...MORE.flatMap(({ fields }) => fields)].find((one) => one.pointer === pointer);
  return field?.label ?? pointer;
}

/** A stream begins with all that has happened: looked at once for all of it. @param {() => void} act */
function soonOnce(act) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const stop = () => clearTimeout(timer);
  const ask = () => {
    stop();
    timer = setTimeout(act, SOON_MS);
  };
  return { ask, stop };
}

/** @param {Interview} interview */
function factsOf(interview) {
  const s = words.detail;
  const found = [
    fact(s.candidate, interview.candidate_external_id || words.list.nobody),
    fact(s.made, time(interview.created_at)),
    fact(s.expires, time(interview.expires_at)),
    fact(s.id, h("code", { text: interview.id })),
  ];
  const questions = (interview.questions ?? []).map((one) => h("li", {}, h("bdi", { text: one.text })));
  if (questions.length) found.push(fact(s.questions, h("ol", { class: "numbered" }, ...questions)));
  const metadata = Object.entries(interview.metadata).map(([name, value]) => h("li", { text: `${name} = ${value}` }));
  if (metadata.length) found.push(fact(s.metadata, h("ul", {}, ...metadata)));
  return found;
}

/** @param {ConsoleApi} api @param {Interview} interview */
function linkPart(api, interview) {
  const s = words.detail;
  const image = h("img", { class: "qr", attrs: { alt: s.codeAlt, hidden: true } });
  const failure = failureLine();
  const code = button(s.code, () => void draw(), { class: "button secondary", attrs: { "aria-expanded": "false" } });
  const draw = async () => {
    try {
      image.src ||= await api.code(interview.id);
      show(image, image.hidden);
      code.setAttribute("aria-expanded", String(!image.hidden));
    } catch (error) {
      setText(failure, sentenceOf(error));
    }
  };
  return [
    h("h2", { text: s.link }),
    h("p", { class: "fine", text: s.linkHint }),
    h("p", { class: "secret-link", text: interview.join_url, attrs: { dir: "ltr" } }),
    h("div", { class: "actions" }, copyButton(interview.join_url, s.copy, "button primary"), code),
    failure,
    image,
  ];
}

/** @param {ConsoleApi} api @param {string} id @param {() => void} changed */
function livePart(api, id, changed) {
  const s = words.detail;
  /** @type {ReturnType<typeof watchPanel> | null} */
  let panel = null;
  const place = h("div", { class: "column" });
  /** @param {boolean} withWords */
  const begin = (withWords) => {
    panel?.stop();
    panel = watchPanel(api, id, { withWords, onEvent: (name) => void (name.startsWith("words.") || changed()) });
    place.replaceChildren(panel.element);
    show(stop, true);
    panel.heading.focus();
  };
  const end = () => {
    panel?.stop();
    panel = null;
    place.replaceChildren();
    show(stop, false);
  };
  const events = button(s.follow, () => begin(false), { class: "button secondary", icon: icon("eye") });
  const talk = button(s.watch, () => begin(true), { class: "button secondary", icon: icon("chat") });
  const stop = button(s.stop, end, { class: "button quiet" });
  show(stop, false);
  const choices = h(
    "section",
    { class: "card" },
    h("div", { class: "actions" }, events, talk, stop),
    h("p", { class: "fine", text: `${s.followHint} ${s.watchHint}` }),
  );
  return { element: h("div", { class: "column" }, choices, place), stop: () => panel?.stop() };
}

/** @param {ConsoleApi} api @param {string} id */
function reportPart(api, id) {
  const s = words.detail;
  if (!api.has(REPORT_LINKS)) return null;
  const failure = failureLine();
  const made = h("p", { attrs: { role: "status" } });
  const make = button(s.report, () => void ask_(), { class: "button secondary", icon: icon("link") });
  const ask_ = async () => {
    setText(failure, "");
    enable(make, false);
    try {
      const { url } = await api.reportLink(id);
      const attrs = { href: url, target: "_blank", rel: "noopener noreferrer" };
      made.replaceChildren(h("a", { text: s.reportOpen, attrs }));
      await list();
    } catch (error) {
      setText(failure, sentenceOf(error));
    }
    enable(make, true);
  };
  const links = h("ul", { class: "plain" });
  const list = async () => {
    const found = await api.reportLinks(id);
    links.replaceChildren(...found.links.map((link) => linkRow(link, () => void revoke(link.id))));
  };
  /** @param {string} link */
  const revoke = async (link) => {
    setText(failure, "");
    try {
      await api.revokeReportLink(id, link);
      setText(made, s.revoked);
      await list();
      make.focus();
    } catch (error) {
      setText(failure, sentenceOf(error));
    }
  };
  list().catch(() => {}); // a key that may not learns it when it tries
  const hint = h("p", { class: "fine", text: s.reportHint });
  return h("section", { class: "card" }, h("div", { class: "actions" }, make), hint, failure, made, links);
}

/** @param {import("./api.js").ReportLink} link @param {() => void} revoke */
function linkRow(link, revoke) {
  const s = words.detail;
  const attrs = { "aria-label": s.revokeFor(new Date(link.expires_at).toLocaleString(words.lang)) };
  const act = button(s.revoke, revoke, { class: "button quiet", attrs });
  return h("li", { class: "row between" }, h("span", {}, `${s.reportUntil} `, time(link.expires_at)), act);
}

/** @param {ConsoleApi} api @param {string} id @param {(said: string) => Promise<void>} done */
function dangerPart(api, id, done) {
  const s = words.detail;
  const cancelAct = async () => {
    await api.cancel(id);
    await done(s.cancelled);
  };
  const eraseAct = async () => {
    await api.erase(id);
    await done(s.erased);
  };
  const cancel = button(s.cancel, () => ask({ title: s.cancel, text: s.cancelText, act: cancelAct }), {
    class: "button secondary",
  });
  const erase = button(s.erase, () => ask({ title: s.erase, text: s.eraseText, type: s.eraseWord, act: eraseAct }), {
    class: "button danger",
  });
  const element = h(
    "section",
    { class: "card" },
    h("h2", { text: s.danger }),
    h("div", { class: "actions" }, cancel, erase),
  );
  return { element, cancel };
}
