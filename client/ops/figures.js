import { ApiProblem } from "../console/keyed.js";
import { lookAgain } from "../console/looking.js";
import { attr, button, h, setText } from "../page/dom.js";
import { LastSaid, Series } from "./series.js";
import { place, SortableTable } from "./table.js";
import { lookUp } from "./timeline.js";
import { OLD_MS, stopwatch, verdict } from "./verdict.js";
import { exactClock, plain, refusal, sentenceOf, short, titles, workerName } from "./words.js";
import { workerCard } from "./worker.js";

/** @typedef {import("./api.js").Workers} Workers */
/** @typedef {import("./api.js").Turn} Turn */
/** @typedef {{reason: string, worker: number, count: number}} Refused */
/** @typedef {import("./api.js").Stall & {worker: number}} Held */

const EVERY_MS = 2_000;
const TURNS_EVERY_MS = 10_000;
const TICK_MS = 1_000;
/** After a break this long the server is asked for what was missed. */
const MISSED_MS = 20_000;

/**
 * Everything that is watched, asked for again and again.
 * @param {import("./api.js").OpsApi} api @param {Workers} first @param {(error: unknown) => void} onRefused the key opens nothing any more
 */
export function figures(api, first, onRefused) {
  const shown = parts(api);
  let answer = first;
  const age = stopwatch([() => performance.now(), () => Date.now()]);
  let trouble = "";
  let left = false;
  const judge = () => {
    const ageMs = age.ms();
    shown.verdict.update(answer, ageMs, trouble);
    attr(shown.element, "data-old", ageMs >= OLD_MS ? "true" : null);
  };
  /** @param {Workers} given */
  const take = (given) => {
    answer = given;
    age.restart();
    trouble = "";
    shown.update(given);
    judge();
  };
  const look = async () => {
    try {
      take(await api.workers(age.ms() > MISSED_MS));
    } catch (error) {
      if (left) return; // another key is typed by now
      if (isRefusal(error)) return onRefused(error);
      trouble = sentenceOf(error);
      judge();
    }
  };
  /** @type {(() => void)[]} */
  const ends = [];
  const begin = () => {
    take(first);
    const tick = setInterval(judge, TICK_MS);
    ends.push(lookAgain(look, EVERY_MS), lookAgain(shown.lookAtTurns, TURNS_EVERY_MS), () => clearInterval(tick));
  };
  const leave = () => {
    left = true;
    for (const end of ends) end();
  };
  return { element: shown.element, begin, leave };
}

/** What the page consists of. @param {import("./api.js").OpsApi} api */
function parts(api) {
  const series = new Series();
  const top = verdict();
  const cards = new Cards();
  const turns = turnTable((id) => found.open(id));
  const refused = refusalTable();
  const stalls = stallTable();
  const found = lookUp(api);
  const turnsFailed = h("p", { class: "fine", attrs: { role: "status" } });
  const known = new LastSaid();
  /** @param {Workers} given */
  const update = (given) => {
    series.add(given);
    cards.update(given, series);
    const said = known.update(given);
    refused.update(said.flatMap(refusalsOf));
    stalls.update(said.flatMap(stallsOf));
  };
  const lookAtTurns = async () => {
    try {
      turns.update((await api.turns()).turns);
      setText(turnsFailed, "");
    } catch (error) {
      setText(turnsFailed, `These may be old. ${sentenceOf(error)}`);
    }
  };
  const element = h(
    "div",
    { class: "screen wide ops" },
    h("h1", { text: titles.app, attrs: { tabindex: -1 } }),
    top.element,
    part(titles.workers, cards.element),
    part(titles.turns, turnsFailed, turns.element),
    part(titles.refusals, refused.element),
    part(titles.stalls, stalls.element),
    found.element,
  );
  return { element, verdict: top, update, lookAtTurns };
}

/** @param {unknown} error */
function isRefusal(error) {
  return error instanceof ApiProblem && (error.status === 401 || error.status === 403);
}

/** @param {string} title @param {...Node} inner */
function part(title, ...inner) {
  const id = title.toLowerCase().replaceAll(/\W+/g, "-");
  return h("section", { attrs: { "aria-labelledby": id } }, h("h2", { text: title, attrs: { id } }), ...inner);
}

/** A card for each worker, in the order of their numbers; one that falls silent keeps its own. */
class Cards {
  /** @type {Map<number, ReturnType<typeof workerCard>>} */
  #cards = new Map();
  element = h("div", { class: "workers" });

  /** @param {Workers} answer @param {Series} series */
  update({ workers, silent }, series) {
    const wanted = new Set([...workers.map(({ number }) => number), ...silent]);
    for (const number of this.#cards.keys()) if (!wanted.has(number)) this.#cards.delete(number);
    for (const number of wanted) if (!this.#cards.has(number)) this.#cards.set(number, workerCard(number));
    for (const worker of workers) this.#cards.get(worker.number)?.update(worker, series);
    for (const number of silent) this.#cards.get(number)?.fallSilent();
    const sorted = [...this.#cards].sort(([a], [b]) => a - b);
    place(
      this.element,
      sorted.map(([, { element }]) => element),
    );
  }
}

/** @param {import("./api.js").Worker} worker @returns {Refused[]} */
function refusalsOf({ number, refusals }) {
  return Object.entries(refusals)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => ({ reason, worker: number, count }));
}

/** @param {import("./api.js").Worker} worker @returns {Held[]} */
function stallsOf({ number, recent_stalls }) {
  return recent_stalls.map((one) => ({ ...one, worker: number }));
}

function refusalTable() {
  /** @type {import("./table.js").Column<Refused>[]} */
  const columns = [
    { name: "Reason", by: (row) => refusal(row.reason), cell: (row) => refusal(row.reason) },
    { name: "Worker", by: (row) => row.worker, cell: (row) => workerName(row.worker) },
    { name: "Times", by: (row) => row.count, cell: (row) => String(row.count), number: true },
  ];
  const none = "Nothing was refused since the start.";
  return new SortableTable(
    "What was refused since the start, by the reason",
    none,
    columns,
    (row) => `${row.reason} ${row.worker}`,
    2,
  );
}

function stallTable() {
  /** @type {import("./table.js").Column<Held>[]} */
  const columns = [
    { name: "When", by: (row) => row.at, cell: (row) => exactClock(row.at), number: true },
    { name: "Worker", by: (row) => row.worker, cell: (row) => workerName(row.worker) },
    { name: "Held", by: (row) => row.held_ms, cell: (row) => `${row.held_ms} ms`, number: true },
    { name: "Computing", by: (row) => row.computing_ms, cell: (row) => `${row.computing_ms} ms`, number: true },
    { name: "Where", by: (row) => row.stack[0] ?? "", cell: stackOf },
  ];
  const none = "Nothing held the event loop for more than 50 ms in the last hour.";
  return new SortableTable(
    "What held the event loop in the last hour",
    none,
    columns,
    (row) => `${row.worker} ${row.at}`,
    0,
  );
}

/** @param {Held} held */
function stackOf({ stack }) {
  const [innermost = "not known", ...outer] = stack;
  if (!outer.length) return h("code", { text: innermost });
  return h(
    "details",
    {},
    h("summary", {}, h("code", { text: innermost })),
    h("ol", {}, ...outer.map((line) => h("li", {}, h("code", { text: line })))),
  );
}

const STAGES = ["silence", "words", "reply", "decision", "voice", "start"];

/** @param {(id: string) => void} open */
function turnTable(open) {
  /** @param {Turn} turn @param {string} stage */
  const lengthOf = (turn, stage) => turn.stages.find((one) => one.stage === stage)?.length_s ?? 0;
  /** @type {import("./table.js").Column<Turn>[]} */
  const columns = [
    {
      name: "Interview",
      by: (turn) => turn.interview,
      cell: (turn) =>
        button(turn.interview, () => open(turn.interview), { class: "link", attrs: { title: "Show its decisions" } }),
    },
    {
      name: "When",
      by: (turn) => turn.speech_ended_at,
      cell: (turn) => exactClock(turn.speech_ended_at),
      number: true,
    },
    { name: "Waited", by: (turn) => turn.waited_s, cell: (turn) => short(turn.waited_s), number: true },
    ...STAGES.map((stage) => ({
      name: stage[0].toUpperCase() + stage.slice(1),
      by: (/** @type {Turn} */ turn) => lengthOf(turn, stage),
      cell: (/** @type {Turn} */ turn) => short(lengthOf(turn, stage)),
      number: true,
    })),
    { name: "Ended by", by: (turn) => turn.ended_by, cell: (turn) => plain(turn.ended_by) },
    { name: "Then", by: (turn) => turn.utterance_kind, cell: (turn) => plain(turn.utterance_kind) },
  ];
  const none = "No turn was answered in the last hour.";
  return new SortableTable(
    "The slowest turns of the last hour, by their stages",
    none,
    columns,
    (turn) => turn.turn_id,
    2,
  );
}
