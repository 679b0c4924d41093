import { colour, updateMark } from "../page/brand.js";
import { h, writtenIn } from "../page/dom.js";
import { listenToKeys, playerBar } from "./bar.js";
import { contentsPart } from "./contents.js";
import { downloadsPart } from "./downloads.js";
import { following } from "./following.js";
import { Format } from "./format.js";
import { headPart, legend } from "./head.js";
import { overviewPart } from "./overview.js";
import { Player } from "./player.js";
import { answersPart } from "./question.js";
import { requestsPart } from "./requests.js";
import { troubleOf } from "./trouble.js";
import { Waves } from "./wave.js";
import { Words } from "./words.js";

/** After the page is drawn: what a first click needs is fetched ahead. */
const WARM_MS = 500;
const RENEW_MS = 10_000;

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./api.js").ReportApi} ReportApi */
/** @typedef {import("../strings/report/en.js").ReportWords} ReportWords */

/**
 * @typedef {object} Context what every part of the page is made from
 * @property {Report} report
 * @property {ReportWords} words
 * @property {Format} format
 * @property {ReportApi} api
 * @property {Player} player
 * @property {Words} said
 * @property {Waves} waves
 * @property {boolean} canPlay there is something to hear
 * @property {boolean} hasWave loudness is known, or will be in a moment
 */

/**
 * The report, drawn once; playing changes marks in it and nothing else.
 * @param {HTMLElement} root @param {Report} report @param {{words: ReportWords, api: ReportApi}} how
 */
export function showReport(root, report, { words, api }) {
  const player = new Player(report, (url) => api.url(url));
  const play = (/** @type {number} */ at_s) => player.hasSound && player.play(at_s);
  /** @type {Context} */
  const context = {
    report,
    words,
    format: new Format(words.lang),
    api,
    player,
    said: new Words(play),
    waves: new Waves(report, play),
    canPlay: player.hasSound,
    hasWave: report.waveform !== null || Boolean(report.links.waveform),
  };
  colour(report.branding ?? undefined);
  document.title = `${report.interview.title || words.untitled} – ${words.report}`;
  const silent = !context.canPlay && report.interview.started_at;
  const article = h(
    "article",
    { class: "report" },
    headPart(context),
    overviewPart(context),
    silent ? h("p", { class: "fine no-sound", text: words.player.none }) : null,
    answersPart(context),
    requestsPart(context),
    downloadsPart(context),
    foot(context),
    h("p", { class: "visually-hidden", text: words.answers.hint, attrs: { id: "word-hint" } }),
  );
  const layout = h("div", { class: "layout" }, contentsPart(context), h("main", { attrs: { id: "main" } }, article));
  const skip = h("a", { class: "skip-link", text: words.skip, attrs: { href: "#answers" } });
  root.replaceChildren(skip, top(context), layout);
  context.said.listen(article);
  forPaper(context);
  // The place that the address names came after the browser looked for it.
  document.getElementById(globalThis.location.hash.slice(1))?.scrollIntoView();
  if (context.canPlay) withSound(root, context);
  if (!report.waveform && report.links.waveform) void drawLater(root, context, report.links.waveform);
}

/** The loudness of a long interview takes the server some seconds, once. @param {HTMLElement} root @param {Context} context @param {string} url */
async function drawLater(root, context, url) {
  const { api, report, waves } = context;
  const sound = await api.sound(url).catch(() => null);
  if (!sound?.waveform) {
    for (const element of root.querySelectorAll(".wave")) element.remove();
    return;
  }
  report.waveform = sound.waveform;
  const others = report.spans.filter(({ kind }) => kind !== "lost" && kind !== "concealed");
  report.spans = [...others, ...sound.spans].sort((a, b) => a.start_s - b.start_s);
  root.querySelector(".legend")?.replaceWith(legend(context));
  waves.redraw();
}

/** The player, and the marks that move with it. @param {HTMLElement} root @param {Context} context */
function withSound(root, context) {
  const { player, waves, said, words, api } = context;
  const follow = following(context);
  const bar = playerBar(context, follow.show);
  bar.tell("");
  root.append(bar.element, player.audio, ...player.voices.elements);
  let renewed_ms = Number.NEGATIVE_INFINITY;
  player.onTrouble = async (url) => {
    const { trouble, report } = await troubleOf(api, url);
    // Once: addresses that are refused although they are fresh will go on being refused.
    const again = report && performance.now() - renewed_ms > RENEW_MS;
    if (!again) return bar.tell(words.player[trouble || "network"]);
    renewed_ms = performance.now();
    player.take(report);
    player.play();
  };
  player.watchers.add(() => {
    const at_s = player.touched ? player.now_s : null;
    bar.update();
    waves.mark(at_s);
    follow.see(said.mark(at_s));
    if (player.playing) bar.tell("");
  });
  bar.update();
  listenToKeys(player);
  setTimeout(() => player.warm(), WARM_MS);
}

/** Whose report it is. @param {Context} context */
function top({ report, words }) {
  const mark = h("span", { class: "brand-mark" });
  updateMark(mark, report.branding ?? undefined);
  const own = report.branding?.name ? null : h("span", { class: "brand-title", text: words.report });
  return h("header", { class: "top report-top" }, h("p", { class: "brand" }, mark, own));
}

/** @param {Context} context */
function foot({ report, words, format }) {
  const s = words.foot;
  const until = report.expires_at;
  return h(
    "footer",
    { class: "report-foot" },
    h("p", { text: s.id(report.interview.id) }),
    h("p", { text: s.times }),
    h("p", { text: s.printed(format.date(new Date().toISOString())) }),
    until ? h("p", { class: "screen-only", text: s.until(format.date(until)) }) : null,
  );
}

/** Paper shows every mark and every picture, in the colours of light. @param {Context} context */
function forPaper({ said, waves }) {
  globalThis.addEventListener("beforeprint", () => {
    said.buildAll();
    waves.drawForPaper();
  });
  globalThis.addEventListener("afterprint", () => waves.redraw());
}

/** @param {HTMLElement} root @param {ReportWords} words */
export function showLoading(root, words) {
  writtenIn(document.documentElement, words.lang);
  document.title = words.report;
  root.replaceChildren(
    h(
      "main",
      { attrs: { id: "main" } },
      h("div", { class: "screen centered bare" }, h("h1", { class: "quiet-heading", text: words.loading })),
    ),
  );
}
