/**
 * What is there of an interview that is over: its page, the own words, the review. Loaded when one is over.
 */
import { EMPTY_VIEW, sessionKeep } from "../sdk/index.js";
import { downloadAnswers } from "./download.js";
import { Drafts } from "./drafts.js";
import { asError, PASSING } from "./problems.js";

/** @typedef {import("./app.js").InterviewPage} InterviewPage */
/** @typedef {import("../sdk/api.js").OwnTranscript} OwnTranscript */
/** @typedef {import("../sdk/store.js").InterviewView} InterviewView */

/** How long the last words are waited for: often at first, a quarter of an hour in all. */
const AGAIN_MS = 2_000;
const SLOWER = 1.3;
const SLOWEST_MS = 30_000;
const TRIES = 40;
/** Statuses whose page is the candidate's own decision not to begin. */
const DECLINED = "declined";

/**
 * The page of an interview that was over when it was opened. Throws InterviewError where there is none
 * (any more).
 * @param {InterviewPage} page
 */
export async function openEnded(page) {
  const info = await page.client.joinEnded();
  await page.speak(info.locale);
  page.set({ page: info, problem: null });
  if (info.status === DECLINED) return page.set({ screen: "declined", decline: { state: "sent", leftS: 0 } });
  await refresh(page);
  page.set({ screen: "finished" });
}

/**
 * The interview has just ended here. Words that are recognised later come by no call any more; and is
 * there something to correct?
 * @param {InterviewPage} page
 */
export async function catchUp(page) {
  try {
    await page.client.joinEnded();
    await refresh(page);
  } catch (error) {
    // The page shows what it has. What does not pass is asked for again by a reload only.
    if (PASSING.has(asError(error).kind)) void follow(page);
  }
}

/** @param {InterviewPage} page */
async function refresh(page) {
  take(page, await page.client.transcript());
}

/** @type {WeakSet<InterviewPage>} */
const followed = new WeakSet();

/** The last words are on their way. @param {InterviewPage} page */
async function follow(page) {
  if (followed.has(page)) return;
  followed.add(page);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const waitMs = Math.min(SLOWEST_MS, AGAIN_MS * SLOWER ** tries);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (!(await isAwaited(page))) break;
  }
  followed.delete(page);
}

/** Ask once; whether to ask again. @param {InterviewPage} page */
async function isAwaited(page) {
  const { screen, ended } = page.model;
  if (screen !== "finished" && screen !== "review") return false;
  try {
    const found = await page.client.transcript();
    if (page.model.ended !== ended) return true; // handed over meanwhile: this may be from before
    take(page, found);
    return found.pending > 0;
  } catch (error) {
    return PASSING.has(asError(error).kind);
  }
}

/** @param {InterviewPage} page @param {OwnTranscript} found */
function take(page, found) {
  const review = found.review && { ...found.review, untilMs: performance.now() + found.review.left_s * 1000 };
  page.set({
    view: found.words === "erased" ? page.model.view : viewOf(found, page.model.view),
    ended: { words: found.words, pending: found.pending, review, answers: found.answers },
  });
  if (page.model.view.completed === null) {
    const { status, answered, of } = found;
    const completed = { status, reason: "", answered, of };
    page.set({ view: { ...page.model.view, questionsTotal: of, completed } });
  }
  if (found.pending > 0) void follow(page);
}

/** The same as the call would have shown; of another window's answers nothing. @param {OwnTranscript} found @param {InterviewView} before @returns {InterviewView} */
export function viewOf(found, before = EMPTY_VIEW) {
  const { status, answered, of } = found;
  const answers = found.answers.filter(({ said }) => found.words !== "elsewhere" || said.length > 0);
  return {
    ...before,
    title: found.title,
    status,
    stage: "ended",
    questionsTotal: of,
    completed: { status, reason: "", answered, of },
    questions: answers.map((answer, place) => ({
      id: answer.prompt_id,
      kind: answer.kind,
      number: answer.number,
      text: answer.asked_text,
      seq: place + 1,
      corrections: [...answer.in_summary, ...(answer.correction === null ? [] : [answer.correction])],
      segments: answer.said.map((one, index) => ({
        id: `${answer.prompt_id}-${index}`,
        text: one.text,
        final: true,
        stable: one.text,
        mode: one.mode,
        untranscribed: one.untranscribed && !one.text,
        request: one.request,
        seq: index + 1,
        order: index + 1,
        turn: 0,
        startS: 0,
      })),
    })),
  };
}

/** An answer that was emptied was taken back: that is a correction too. */
class Corrections extends Drafts {
  /** @override @param {string} prompt @param {string | null} text null: as it was heard */
  set(prompt, text) {
    if (text === null) this.texts.delete(prompt);
    else this.texts.set(prompt, text);
    this.store();
  }
}

/** @type {WeakMap<InterviewPage, Corrections>} */
const drafts = new WeakMap();

/** Corrections that are not handed over: in this tab only, like every draft. @param {InterviewPage} page */
function draftsOf(page) {
  const { base, link, keep } = page.options;
  const found =
    drafts.get(page) ??
    new Corrections(base, `${link.split(".")[0]}~review`, keep === undefined ? sessionKeep() : keep);
  drafts.set(page, found);
  return found;
}

/** @param {InterviewPage} page */
export function openReview(page) {
  page.set({ screen: "review", failure: "", reviewDrafts: Object.fromEntries(draftsOf(page).texts) });
}

/** @param {InterviewPage} page @param {string} prompt @param {string | null} text null: as it was heard */
export function keepReview(page, prompt, text) {
  draftsOf(page).set(prompt, text);
  page.set({ reviewDrafts: Object.fromEntries(draftsOf(page).texts), failure: "" });
}

/**
 * Hand the transcript over. The same may be sent twice, so a lost answer costs nothing.
 * @param {InterviewPage} page @param {Record<string, string>} texts by prompt, what has changed
 */
export async function sendReview(page, texts) {
  page.set({ busy: true, failure: "" });
  try {
    const corrections = Object.entries(texts).map(([prompt_id, text]) => ({ prompt_id, text }));
    take(page, await page.client.review(corrections));
  } catch (error) {
    const problem = asError(error);
    if (!["review_over", "already_reviewed"].includes(problem.code)) {
      page.set({ busy: false, failure: (await wordsOf(page)).reviewNotSent });
      return;
    }
    await refresh(page).catch(() => {}); // handed over as it was, or from another window
  }
  draftsOf(page).clear();
  page.set({ busy: false, reviewDrafts: {}, screen: "finished", finishedHere: true });
}

/** @param {InterviewPage} page */
export async function download(page) {
  page.set({ failure: "" });
  downloadAnswers(page.model, page.strings, await wordsOf(page));
}

/** They are there already where they are needed. @param {InterviewPage} page */
async function wordsOf({ strings }) {
  /** @type {{words: import("../strings/after/en.js").AfterWords}} */
  const { words } = await import(`../strings/after/${strings.lang}.js`);
  return words;
}
