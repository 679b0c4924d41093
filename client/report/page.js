import { colour, updateMark } from "../page/brand.js";
import { h, setText, writtenIn } from "../page/dom.js";
import { listenToKeys, playerBar } from "./bar.js";
import { contentsPart } from "./contents.js";
import { downloadsPart } from "./downloads.js";
import { evaluationPart } from "./evaluation.js";
import { following } from "./following.js";
import { Format } from "./format.js";
import { headPart, legend } from "./head.js";
import { OVER } from "./model.js";
import { overviewPart, overviewShows } from "./overview.js";
import { fixed, inPlace, Parts, plain, textOf } from "./parts.js";
import { Player } from "./player.js";
import { answersPart, renewAddresses } from "./question.js";
import { requestsPart } from "./requests.js";
import { audible, clips } from "./timeline.js";
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
 * @property {boolean} stopped it is asked for again by hand only
 * @property {(report: Report) => void} renew show this one in its place
 * @property {(problem: import("./problems.js").Problem) => void} lost there is no report any more: say so and show none
 */

/**
 * @typedef {object} How
 * @property {ReportWords} words
 * @property {ReportApi} api
 * @property {Seen["lost"]} lost
 * @property {{player: Player, stopped: boolean}} [before] the drawing whose place this one takes
 */

/**
 * The report. Playing changes marks in it and nothing else; a newer one changes the parts that say
 * something else.
 * @param {HTMLElement} root @param {Report} report @param {How} how
 */
export function showReport(root, report, how) {
  const { words, api, before } = how;
  const end = new AbortController();
  const player = new Player(report, (url) => api.url(url), end.signal);
  if (before) player.resume(before.player);
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
    seen: seenOf(how, end),
    decisions: new Set(),
    tell: (text) => setText(live, text),
  };
  colour(report.branding ?? undefined);
  document.title = `${report.interview.title || words.untitled} – ${words.report}`;
  const article = h("article", { class: "report" });
  const layout = h("div", { class: "layout" });
  const draw = drawing(context, article, layout, live);
  draw();
  const skip = h("a", { class: "skip-link", text: words.skip, attrs: { href: "#answers" } });
  root.replaceChildren(skip, top(context), layout);
  context.said.settle();
  context.said.listen(article);
  forPaper(context);
  // The place that the address names came after the browser looked for it.
  if (!before) document.getElementById(globalThis.location.hash.slice(1))?.scrollIntoView();
  const bar = context.canPlay ? withSound(root, context) : null;
  void drawLater(root, context);
  context.seen.renew = (newer) => {
    if (kindOf(newer) !== kindOf(report)) return drawnAnew(root, newer, how, context, end);
    const { waveform } = report;
    Object.assign(report, newer);
    player.grow(report);
    inPlace(article, draw);
    renewAddresses(context, article);
    context.said.settle();
    bar?.grow();
    // That of before reaches as far as it did, until the whole one is measured.
    if (OVER.has(report.interview.status)) void drawLater(root, context);
    report.waveform ??= waveform;
    context.waves.settle();
  };
  return player;
}

/** All parts, each drawn again when it says something else. @param {Context} context @param {HTMLElement} article @param {HTMLElement} layout @param {HTMLElement} live */
function drawing(context, article, layout, live) {
  const { report, words } = context;
  const silent = !context.canPlay && report.interview.started_at;
  const none = silent ? h("p", { class: "fine no-sound", text: words.player.none }) : null;
  const hint = h("p", { class: "visually-hidden", text: words.answers.hint, attrs: { id: "word-hint" } });
  const main = h("main", { attrs: { id: "main" } }, article);
  const [head, answers] = [headPart(context), answersPart(context)];
  const [parts, sides] = [new Parts(article), new Parts(layout)];
  return () => {
    head.draw();
    answers.draw();
    parts.draw([
      fixed("head", head.element),
      { key: "overview", shows: overviewShows(report), make: () => overviewPart(context) },
      { key: "evaluation", shows: textOf(report.result.evaluation), make: () => evaluationPart(context) },
      fixed("none", none),
      fixed("answers", answers.element),
      plain("requests", requestsPart(context)),
      plain("downloads", downloadsPart(context)),
      plain("foot", foot(context)),
      fixed("hint", hint),
      fixed("live", live),
    ]);
    sides.draw([plain("contents", contentsPart(context)), fixed("main", main)]);
  };
}

/** Reports of one kind have the same controls: one takes the other's place part by part. @param {Report} report */
function kindOf(report) {
  const { interview, links } = report;
  const plays = [audible(report).length > 0, clips(report).length > 0];
  const wave = report.waveform !== null || Boolean(links.waveform);
  return JSON.stringify([plays, wave, Boolean(interview.started_at), interview.locale, report.branding]);
}

/** Sound has come, or gone. @param {HTMLElement} root @param {Report} newer @param {How} how @param {Context} context @param {AbortController} end */
function drawnAnew(root, newer, how, { player, seen }, end) {
  const [top_px, plays] = [globalThis.scrollY, player.playing];
  const held = document.activeElement;
  const way = held?.id ? `#${CSS.escape(held.id)}` : held?.classList.contains("refresh") ? ".refresh" : "h1";
  const focused = held !== null && root.contains(held);
  end.abort();
  const next = showReport(root, newer, { ...how, before: { player, stopped: seen.stopped } });
  /** @type {HTMLElement | null} */
  const now = root.querySelector(way) ?? root.querySelector("h1");
  if (focused) now?.focus({ preventScroll: true });
  globalThis.scrollTo(0, top_px);
  if (plays && next.hasSound) next.play();
}

/** @param {How} how @param {AbortController} end @returns {Seen} */
function seenOf(how, end) {
  return {
    over: end.signal,
    refreshed: how.before !== undefined,
    stopped: how.before?.stopped ?? false,
    renew() {},
    lost(problem) {
      end.abort();
      how.lost(problem);
    },
  };
}

/** The loudness of a long interview takes the server some seconds, once. @param {HTMLElement} root @param {Context} context */
async function drawLater(root, context) {
  const { api, report, waves, seen } = context;
  const url = report.links.waveform;
  if (report.waveform || !url) return;
  const sound = await api.sound(url).catch(() => null);
  if (seen.over.aborted || (report.waveform && !sound?.waveform)) return;
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
  return bar;
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
