import { button, enable, h, setText, show } from "../page/dom.js";
import { icon } from "../page/icons.js";
import { chip, failureLine, isOver, sentenceOf } from "./parts.js";
import { words } from "./words.js";

/** @typedef {import("./api.js").ConsoleApi} ConsoleApi */
/** @typedef {import("./api.js").Interview} Interview */

const AGAIN_MS = 10_000;
const EVALUATION = "/v1/interviews/{interview}/evaluation";
const KINDS = { pending: "open", proposed: "open", needs_human: "open", final: "over", failed: "bad" };

/** How far the evaluation of an interview that is over is; null: there is none. @param {Interview} interview */
export function evaluationChip({ status, evaluation }) {
  if (!evaluation || !isOver(status)) return null;
  return chip(words.evaluation.stages[evaluation], KINDS[evaluation]);
}

/** The evaluation, the way to decide about it, and to have it made once more. @param {ConsoleApi} api @param {string} id @param {() => Promise<void>} changed */
export function evaluationPart(api, id, changed) {
  const s = words.evaluation;
  const looking = everySoOften(() => void changed());
  const state = h("p", { class: "with-icon" });
  const about = h("p", {});
  const said = h("p", { attrs: { role: "status" } });
  const failure = failureLine();
  /** @param {HTMLButtonElement} act @param {() => Promise<void>} work */
  const attempt = async (act, work) => {
    setText(failure, "");
    enable(act, false);
    try {
      await work();
    } catch (error) {
      setText(failure, sentenceOf(error));
    }
    enable(act, true);
  };
  const open = async () => {
    const { url } = await api.reportLink(id, ["report", "audio", "decide"]);
    said.replaceChildren(h("a", { text: s.open, attrs: { href: url, target: "_blank", rel: "noopener noreferrer" } }));
  };
  const renew = async () => {
    const { status } = await api.evaluateAgain(id);
    setText(said, status === "pending" ? s.begun : s.asItWas);
    await changed();
  };
  const decide = button(s.decide, () => void attempt(decide, open), {
    class: "button secondary",
    icon: icon("link"),
  });
  const again = button(s.again, () => void attempt(again, renew), { class: "button secondary" });
  const title = h("h2", { text: s.title });
  const actions = h("div", { class: "actions" }, decide, again);
  const element = h("section", { class: "card" }, title, state, about, actions, failure, said);
  show(element, false);
  /** @param {Interview} interview */
  const update = (interview) => {
    const shown = evaluationChip(interview);
    looking.wanted(interview.evaluation === "pending" && shown !== null);
    show(element, shown !== null);
    if (!shown || !interview.evaluation) return;
    const stage = interview.evaluation;
    state.replaceChildren(shown);
    setText(about, s.about[stage]);
    show(decide, stage !== "pending");
    show(again, stage !== "pending" && stage !== "final" && api.has(EVALUATION));
  };
  return { element, update, stop: looking.stop };
}

/** Also where looking fails; not where nobody is there any more. @param {() => void} look */
function everySoOften(look) {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  let left = false;
  const wanted = (/** @type {boolean} */ is) => {
    clearInterval(timer);
    if (is && !left) timer = setInterval(look, AGAIN_MS);
  };
  const stop = () => {
    left = true;
    clearInterval(timer);
  };
  return { wanted, stop };
}
