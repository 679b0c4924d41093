import { attr, button, h, setLabel, setText, show } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { clock, lastBegun } from "./timeline.js";

/** @typedef {import("./page.js").Context} Context */
/** @typedef {import("./player.js").Player} Player */

const SPEEDS = [0.75, 1, 1.25, 1.5, 2];
const BACK_S = 10;
const ARROW_S = 5;

/**
 * The player at the lower edge of the window.
 * @param {Context} context @param {() => void} follow bring what plays into the window
 */
export function playerBar(context, follow) {
  const { words, player, report } = context;
  const s = words.player;
  const toggle = button(s.play, () => player.toggle(), { class: "button primary toggle", icon: icon("play") });
  const back = button(s.back, () => player.seek(player.now_s - BACK_S), {
    class: "button quiet back",
    icon: icon("undo"),
  });
  const slider = positionSlider(context);
  const now = h("span", { class: "bar-time" });
  const where = button("", follow, { class: "bar-where", attrs: { title: s.follow } });
  const message = h("p", { class: "bar-message", attrs: { role: "status" } });
  const element = h(
    "section",
    { class: "bar", attrs: { "aria-label": s.title } },
    message,
    h(
      "div",
      { class: "bar-row" },
      h("div", { class: "bar-main" }, toggle, back, slider, now),
      h("div", { class: "bar-choices" }, where, ...choices(context)),
    ),
  );
  // What takes the focus is scrolled to where the bar does not lie over it (WCAG 2.4.11).
  const height = () => document.documentElement.style.setProperty("--bar-height", `${element.offsetHeight}px`);
  new ResizeObserver(height).observe(element);
  let places = starts(context);
  const grow = () => {
    places = starts(context);
    slider.max = String(lengthOf(report));
  };
  const update = () => {
    const at_s = player.now_s;
    setLabel(toggle, player.playing ? s.pause : s.play);
    attr(toggle, "data-playing", player.playing);
    setIcon(toggle, player.playing ? "pause" : "play");
    const text = s.positionAt(clock(at_s), clock(report.duration_s));
    setText(now, text);
    attr(slider, "aria-valuetext", text);
    if (document.activeElement !== slider || player.playing) slider.value = String(Math.round(at_s * 10) / 10);
    // Steps of less than a pixel: where nothing moves, nothing is drawn again.
    slider.style.setProperty("--played", `${((100 * at_s) / lengthOf(report)).toFixed(1)}%`);
    setLabel(where, places[lastBegun(places, at_s + 0.05)]?.name ?? s.follow);
  };
  return {
    element,
    update,
    grow,
    /** @param {string} text */
    tell(text) {
      setText(message, text);
      show(message, text !== "");
    },
  };
}

/** @param {HTMLButtonElement} element @param {"play" | "pause"} name */
function setIcon(element, name) {
  if (element.dataset.icon === name) return;
  element.dataset.icon = name;
  element.querySelector(".icon")?.replaceWith(icon(name));
}

/** @param {import("./types.js").Report} report */
function lengthOf({ duration_s }) {
  return Math.max(0.1, duration_s);
}

/** @param {Context} context */
function positionSlider({ words, player, report }) {
  const attrs = {
    type: "range",
    dir: "ltr", // time runs one way in every language, as in the pictures of sound
    min: 0,
    max: lengthOf(report),
    step: 0.1,
    value: 0,
    "aria-label": words.player.position,
  };
  const slider = h("input", { class: "position", attrs });
  slider.addEventListener("input", () => player.seek(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    const steps = new Map([
      ["ArrowRight", ARROW_S],
      ["ArrowUp", ARROW_S],
      ["ArrowLeft", -ARROW_S],
      ["ArrowDown", -ARROW_S],
      ["PageUp", 60],
      ["PageDown", -60],
    ]);
    const step = steps.get(event.key);
    if (step === undefined) return;
    event.preventDefault();
    player.seek(player.now_s + step);
  });
  return slider;
}

/** Where the prompts begin, for the name of what plays. @param {Context} context */
function starts({ report, words }) {
  /** @type {{start_s: number, name: string}[]} */
  const found = [];
  const s = words.answers;
  const numbers = new Map(report.coverage.map((row) => [row.prompt_id, row.number]));
  for (const answer of report.result.answers) {
    const number = numbers.get(answer.prompt_id) ?? "";
    const names = {
      question: s.question(number),
      follow_up: s.followUp(number),
      practice: s.practice,
      candidate_questions: s.theirs,
      summary: s.summed.name,
    };
    const spoken = report.spoken.filter((one) => one.prompt_id === answer.prompt_id);
    const times = [...spoken.map((one) => one.start_s), ...answer.turns.map((turn) => turn.start_s)];
    for (const at of times) if (at !== null) found.push({ start_s: at, name: names[answer.kind] });
  }
  return found.sort((a, b) => a.start_s - b.start_s);
}

/** @param {Context} context */
function choices({ words, player, format }) {
  const s = words.player;
  /** @type {HTMLElement[]} */
  const found = [];
  if (player.recordings.length && player.clips.length) {
    const select = h("select", { attrs: { "aria-label": s.listen } }, option("both", s.both), option("alone", s.alone));
    select.value = player.both ? "both" : "alone";
    select.addEventListener("change", () => player.setBoth(select.value === "both"));
    found.push(select);
  }
  const speeds = SPEEDS.map((speed) => option(String(speed), `${format.number(speed)}×`));
  const speed = h("select", { class: "speed", attrs: { "aria-label": s.speed } }, ...speeds);
  speed.value = String(player.rate);
  speed.addEventListener("change", () => player.setRate(Number(speed.value)));
  const skip = h("input", { attrs: { type: "checkbox" } });
  skip.checked = player.skip;
  skip.addEventListener("change", () => player.setSkip(skip.checked));
  found.push(speed, h("label", { class: "skip" }, skip, h("span", { text: s.skip })));
  return found;
}

/** @param {string} value @param {string} text */
function option(value, text) {
  return h("option", { text, attrs: { value } });
}

/**
 * Space plays and pauses and the arrows move, wherever nothing else wants these keys.
 * @param {Player} player @param {AbortSignal} over
 */
export function listenToKeys(player, over) {
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("button, a, input, select, textarea, summary, [role=button]")) return;
    if (event.key === " ") player.toggle();
    else if (event.key === "ArrowRight") player.seek(player.now_s + ARROW_S);
    else if (event.key === "ArrowLeft") player.seek(player.now_s - ARROW_S);
    else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", pressed, { signal: over });
}
