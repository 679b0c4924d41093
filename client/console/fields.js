import { words } from "./words.js";

/**
 * The fields of an interview, and what each means: one line per field of `InterviewSpec`. What is left
 * empty is not sent, so that the server's own default holds.
 *
 * @typedef {"text" | "long" | "number" | "switch" | "choice" | "time" | "lines" | "pairs"} Kind
 *
 * @typedef {object} Field
 * @property {string} pointer JSON pointer (RFC 6901) into the body
 * @property {Kind} kind
 * @property {string} label
 * @property {string} help
 * @property {[string, string][]} [choices] value and name
 * @property {number} [min]
 * @property {number} [max]
 * @property {number | "any"} [step]
 * @property {number} [per] how many of the API's units one of the field's is
 * @property {string} [example]
 */

/** What a field is called, and what it means. @param {keyof typeof words.fields} name @returns {{label: string, help: string}} */
function said(name) {
  const [label = "", help = ""] = words.fields[name];
  return { label, help };
}

/** @type {Field[]} */
export const MAIN = [
  {
    pointer: "/title",
    ...said("title"),
    kind: "text",
    example: "Line cook",
  },
  {
    pointer: "/candidate/external_id",
    ...said("candidate"),
    kind: "text",
  },
  {
    pointer: "/candidate/locale",
    ...said("locale"),
    kind: "choice",
    choices: [
      ["", words.choices.language],
      ["en", "English"],
      ["de", "Deutsch"],
      ["es", "Español"],
      ["fr", "Français"],
      ["ar", "العربية"],
    ],
  },
];

/** @type {{title: string, fields: Field[]}[]} */
export const MORE = [
  {
    title: words.groups.begin,
    fields: [
      {
        pointer: "/greeting",
        ...said("greeting"),
        kind: "long",
      },
      {
        pointer: "/candidate_questions",
        ...said("candidateQuestions"),
        kind: "switch",
      },
      {
        pointer: "/practice",
        ...said("practice"),
        kind: "switch",
      },
      {
        pointer: "/consent/required",
        ...said("consent"),
        kind: "switch",
      },
      {
        pointer: "/consent/text",
        ...said("consentText"),
        kind: "long",
      },
      {
        pointer: "/consent/version",
        ...said("consentVersion"),
        kind: "text",
        example: "2026-11",
      },
      {
        pointer: "/watching",
        ...said("watching"),
        kind: "switch",
      },
    ],
  },
  {
    title: words.groups.kept,
    fields: [
      {
        pointer: "/retention/record_audio",
        ...said("recordAudio"),
        kind: "switch",
      },
      {
        pointer: "/retention/audio_days",
        ...said("audioDays"),
        kind: "number",
        min: 0,
        max: 3650,
      },
      {
        pointer: "/retention/transcript_days",
        ...said("transcriptDays"),
        kind: "number",
        min: 0,
        max: 3650,
      },
      {
        pointer: "/review",
        ...said("review"),
        kind: "switch",
      },
      {
        pointer: "/review_minutes",
        ...said("reviewMinutes"),
        kind: "number",
        min: 1,
        max: 1440,
      },
      {
        pointer: "/words_by_link",
        ...said("wordsByLink"),
        kind: "switch",
      },
    ],
  },
  {
    title: words.groups.time,
    fields: [
      { pointer: "/expires_at", ...said("expiresAt"), kind: "time" },
      {
        pointer: "/limits/total_ms",
        ...said("total"),
        kind: "number",
        min: 0.2,
        max: 360,
        step: "any",
        per: 60_000,
      },
      {
        pointer: "/limits/resume_window_s",
        ...said("resumeWindow"),
        kind: "number",
        min: 1,
        max: 86_400,
        step: "any",
      },
      {
        pointer: "/limits/pause_budget_ms",
        ...said("pauseBudget"),
        kind: "number",
        min: 0,
        max: 360,
        step: "any",
        per: 60_000,
      },
      {
        pointer: "/turn/silence_ms",
        ...said("silence"),
        kind: "number",
        min: 0.3,
        max: 20,
        step: "any",
        per: 1_000,
      },
      {
        pointer: "/turn/min_turn_ms",
        ...said("minTurn"),
        kind: "number",
        min: 0,
        max: 60,
        step: "any",
        per: 1_000,
      },
      {
        pointer: "/turn/max_turn_ms",
        ...said("maxTurn"),
        kind: "number",
        min: 0.1,
        max: 60,
        step: "any",
        per: 60_000,
      },
    ],
  },
  {
    title: words.groups.accommodations,
    fields: [
      {
        pointer: "/accommodations/time_multiplier",
        ...said("multiplier"),
        kind: "number",
        min: 1,
        max: 4,
        step: "any",
      },
      {
        pointer: "/accommodations/text_mode",
        ...said("textMode"),
        kind: "switch",
      },
      {
        pointer: "/second_device",
        ...said("secondDevice"),
        kind: "choice",
        choices: [
          ["", words.create.standard],
          ["take_over", words.choices.takeOver],
          ["refuse", words.choices.refuse],
        ],
      },
    ],
  },
  {
    title: words.groups.after,
    fields: [
      {
        pointer: "/completion/text",
        ...said("completionText"),
        kind: "long",
      },
      {
        pointer: "/completion/url",
        ...said("completionUrl"),
        kind: "text",
        example: "https://example.org/next",
      },
      {
        pointer: "/redirect_url",
        ...said("redirect"),
        kind: "text",
        example: "https://example.org/thanks",
      },
      {
        pointer: "/contact",
        ...said("contact"),
        kind: "text",
        example: "mailto:jobs@example.org",
      },
      {
        pointer: "/privacy_url",
        ...said("privacy"),
        kind: "text",
        example: "https://example.org/privacy",
      },
      {
        pointer: "/alternative_url",
        ...said("alternative"),
        kind: "text",
      },
    ],
  },
  {
    title: words.groups.looks,
    fields: [
      {
        pointer: "/branding/name",
        ...said("brandName"),
        kind: "text",
      },
      {
        pointer: "/branding/accent",
        ...said("accent"),
        kind: "text",
        example: "#14576b",
      },
      {
        pointer: "/branding/logo",
        ...said("logo"),
        kind: "long",
      },
      {
        pointer: "/glossary",
        ...said("glossary"),
        kind: "lines",
      },
      {
        pointer: "/metadata",
        ...said("metadata"),
        kind: "pairs",
      },
    ],
  },
];
