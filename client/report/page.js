import { colour, updateMark } from "../page/brand.js";
import { h, setText, writtenIn } from "../page/dom.js";
import { listenToKeys, playerBar } from "./bar.js";
import { contentsPart } from "./contents.js";
import { downloadsPart } from "./downloads.js";
import { evaluationPart } from "./evaluation.js";
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
 * @property {Seen} seen
 * @property {Set<() => void>} decisions called when somebody has decided about a score
 * @property {(text: string) => void} tell say it to who listens to the page
 */

/**
 * @typedef {object} Seen this drawing of the report, of which a newer one takes the place
 * @property {AbortSignal} over aborted when it is taken away
 * @property {boolean} refreshed whether it took the place of an older one
 * @property {(report: Report) => void} renew draw this one in its place
 * @property {(problem: import("./problems.js").Problem) => void} lost there is no report any more: say so and show none
 */

/**
 * @typedef {object} How
 * @property {ReportWords} words
 * @property {ReportApi} api
 * @property {Seen["lost"]} lost
 * @property {Player} [before] of the drawing whose place this one takes
 */

/**
 * The report, drawn once; playing changes marks in it and nothing else.
 * @param {HTMLElement} root @param {Report} report @param {How} how
 */
export function showReport(root, report, how) {
  const { words, api, before } = how;
  const end = new AbortController();
  const player = new Player(report, (url) => api.url(url), end.signal);
  if (before) player.resume(before);
  const play = (/** @type {number} */ at_s) => player.hasSound && player.play(at_s);
  const live = h("p", { class: "visually-hidden", attrs: { role: "status" } });
  /** @type {Context} */
  const context = {
    report,
    words,
    format: new Format(words.lang),
    api,
    player,
    said: new Words(play, end.signal),
    waves: new Waves(report, play, end.signal),
    canPlay: player.hasSound,
    hasWave: report.waveform !== null || Boolean(report.links.waveform),
    seen: seen(root, player, how, end),
    decisions: new Set(),
    tell: (text) => setText(live, text),
  };
  colour(report.branding ?? undefined);
  document.title = `${report.interview.title || words.untitled} – ${words.report}`;
  const silent = !context.canPlay && report.interview.started_at;
  const article = h(
    "article",
    { class: "report" },
    headPart(context),
    overviewPart(context),
    evaluationPart(context),
    silent ? h("p", { class: "fine no-sound", text: words.player.none }) : null,
    answersPart(context),
    requestsPart(context),
    downloadsPart(context),
    foot(context),
    h("p", { class: "visually-hidden", text: words.answers.hint, attrs: { id: "word-hint" } }),
    live,
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
  return player;
}

/** @param {HTMLElement} root @param {Player} player @param {How} how @param {AbortController} end @returns {Seen} */
function seen(root, player, how, end) {
  return {
    over: end.signal,
    refreshed: how.before !== undefined,
    renew(newer) {
      const [top_px, plays] = [globalThis.scrollY, player.playing];
      end.abort();
      const next = showReport(root, newer, { ...how, before: player });
      /** @type {HTMLElement | null} */
      const held = root.querySelector(".refresh") ?? root.querySelector("h1");
      held?.focus({ preventScroll: true });
      globalThis.scrollTo(0, top_px);
      if (plays && next.hasSound) next.play();
    },
    lost(problem) {
      end.abort();
      how.lost(problem);
    },
  };
}

/** The loudness of a long interview takes the server some seconds, once. @param {HTMLElement} root @param {Context} context @param {string} url */
async function drawLater(root, context, url) {
  const { api, report, waves, seen } = context;
  const sound = await api.sound(url).catch(() => null);
  if (seen.over.aborted) return;
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
  const { player, waves, said, words, api, seen } = context;
  const follow = following(context);
  const bar = playerBar(context, follow.show);
  bar.tell("");
  root.append(bar.element, player.audio, ...player.voices.elements);
  let renewed_ms = Number.NEGATIVE_INFINITY;
  player.onTrouble = async (url) => {
    const { report, gone, refused } = await troubleOf(api, url);
    if (seen.over.aborted) return;
    if (refused === "erased") return seen.lost(refused);
    if (refused) return bar.tell(words.player.refused(words.problem[refused][0] ?? ""));
    // What plays on lacks a clip and no recording.
    if (gone) return bar.tell(player.playing ? words.player.clip : words.player.gone);
    // Once: addresses that are refused although they are fresh will go on being refused.
    const again = report && performance.now() - renewed_ms > RENEW_MS;
    if (!again) return bar.tell(words.player.network);
    renewed_ms = performance.now();
    player.take(report);
    player.play();
  };
  let played = false;
  player.watchers.add(() => {
    const at_s = player.touched ? player.now_s : null;
    bar.update();
    waves.mark(at_s);
    follow.see(said.mark(at_s));
    if (player.playing && !played) bar.tell("");
    played = player.playing;
  });
  bar.update();
  listenToKeys(player, seen.over);
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
function forPaper({ said, waves, seen }) {
  const until = { signal: seen.over };
  const before = () => {
    said.buildAll();
    waves.drawForPaper();
  };
  globalThis.addEventListener("beforeprint", before, until);
  globalThis.addEventListener("afterprint", () => waves.redraw(), until);
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
