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

/** @type {Field[]} */
export const MAIN = [
  {
    pointer: "/title",
    kind: "text",
    label: "Title",
    help: "The candidate sees it, and the list shows it.",
    example: "Line cook",
  },
  {
    pointer: "/candidate/external_id",
    kind: "text",
    label: "Your name for the candidate",
    help: "Such as the number of an application. It comes back in the result; the candidate does not see it.",
  },
  {
    pointer: "/candidate/locale",
    kind: "choice",
    label: "Language",
    help: "Of the page and of everything the interviewer says itself. Write the questions in it.",
    choices: [
      ["", "English, or the template's"],
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
    title: "How it begins",
    fields: [
      {
        pointer: "/greeting",
        kind: "long",
        label: "Greeting",
        help: "Said first, word for word. Left empty, the server greets in its own words. That an AI interviews is always said.",
      },
      {
        pointer: "/practice",
        kind: "switch",
        label: "A question to practise",
        help: "Something harmless is asked first; nobody judges the answer.",
      },
      {
        pointer: "/consent/required",
        kind: "switch",
        label: "Ask for consent",
        help: "No means that you have obtained it yourself.",
      },
      {
        pointer: "/consent/text",
        kind: "long",
        label: "Consent text",
        help: "Shown before the microphone is asked for. Left empty, the server has one in the candidate's language.",
      },
      {
        pointer: "/consent/version",
        kind: "text",
        label: "Version of the consent text",
        help: "Stored with the consent, so that you can show later what was agreed to.",
        example: "2026-11",
      },
      {
        pointer: "/watching",
        kind: "switch",
        label: "People may follow it live",
        help: "With its words. The server's consent text then says so; a text of your own must. The candidate sees when somebody does.",
      },
    ],
  },
  {
    title: "What is kept",
    fields: [
      {
        pointer: "/retention/record_audio",
        kind: "switch",
        label: "Record the voice",
        help: "No: only the written words are kept, and the page says so.",
      },
      {
        pointer: "/retention/audio_days",
        kind: "number",
        min: 0,
        max: 3650,
        label: "Days the recording is kept",
        help: "After the end. Left empty, as the server is set.",
      },
      {
        pointer: "/retention/transcript_days",
        kind: "number",
        min: 0,
        max: 3650,
        label: "Days the words are kept",
        help: "After the end. Left empty, as the server is set.",
      },
      {
        pointer: "/review",
        kind: "switch",
        label: "The candidate may correct the transcript",
        help: "Once, after the end. What was heard stays beside each correction.",
      },
      {
        pointer: "/review_minutes",
        kind: "number",
        min: 1,
        max: 1440,
        label: "Minutes to correct it in",
        help: "30 where it is left empty.",
      },
      {
        pointer: "/words_by_link",
        kind: "switch",
        label: "The link shows the words after the end",
        help: "No: only the window that was there shows them.",
      },
    ],
  },
  {
    title: "Time",
    fields: [
      { pointer: "/expires_at", kind: "time", label: "The link expires", help: "Nobody can begin after that." },
      {
        pointer: "/limits/total_ms",
        kind: "number",
        min: 0.2,
        max: 360,
        step: "any",
        per: 60_000,
        label: "Longest conversation, in minutes",
        help: "60 where it is left empty. Pauses do not count.",
      },
      {
        pointer: "/limits/resume_window_s",
        kind: "number",
        min: 1,
        max: 86_400,
        step: "any",
        label: "Seconds to come back in",
        help: "After a lost connection; then the interview is left for later. 300 where it is left empty.",
      },
      {
        pointer: "/limits/pause_budget_ms",
        kind: "number",
        min: 0,
        max: 360,
        step: "any",
        per: 60_000,
        label: "Longest pauses together, in minutes",
        help: "15 where it is left empty.",
      },
      {
        pointer: "/turn/silence_ms",
        kind: "number",
        min: 0.3,
        max: 20,
        step: "any",
        per: 1_000,
        label: "Silence that ends an answer, in seconds",
        help: "2 where it is left empty.",
      },
      {
        pointer: "/turn/min_turn_ms",
        kind: "number",
        min: 0,
        max: 60,
        step: "any",
        per: 1_000,
        label: "Shortest answer, in seconds",
        help: "3 where it is left empty: no silence ends an answer before.",
      },
      {
        pointer: "/turn/max_turn_ms",
        kind: "number",
        min: 0.1,
        max: 60,
        step: "any",
        per: 60_000,
        label: "Longest answer, in minutes",
        help: "5 where it is left empty.",
      },
    ],
  },
  {
    title: "Accommodations",
    fields: [
      {
        pointer: "/accommodations/time_multiplier",
        kind: "number",
        min: 1,
        max: 4,
        step: "any",
        label: "More time",
        help: "Multiplies silence and the longest answer: 1.5 gives half as much again.",
      },
      {
        pointer: "/accommodations/text_mode",
        kind: "switch",
        label: "In writing",
        help: "The candidate types instead of speaking.",
      },
      {
        pointer: "/second_device",
        kind: "choice",
        choices: [
          ["", "As the server has it"],
          ["take_over", "It goes on there"],
          ["refuse", "It is refused"],
        ],
        label: "When another device opens the link",
        help: "After the start. Nothing that was said before is shown there.",
      },
    ],
  },
  {
    title: "After the end",
    fields: [
      {
        pointer: "/completion/text",
        kind: "long",
        label: "Last words on the page",
        help: "In place of the page's own last sentence.",
      },
      {
        pointer: "/completion/url",
        kind: "text",
        label: "Where it goes on",
        help: "A link on the last page: https.",
        example: "https://example.org/next",
      },
      {
        pointer: "/redirect_url",
        kind: "text",
        label: "Where the page goes by itself",
        help: "In ten seconds, unless the candidate stays: https.",
        example: "https://example.org/thanks",
      },
      {
        pointer: "/contact",
        kind: "text",
        label: "Whom the candidate may ask",
        help: "https, mailto: or tel:.",
        example: "mailto:jobs@example.org",
      },
      {
        pointer: "/privacy_url",
        kind: "text",
        label: "Privacy notice",
        help: "https.",
        example: "https://example.org/privacy",
      },
      {
        pointer: "/alternative_url",
        kind: "text",
        label: "Another way to take part",
        help: "Beside the consent, and for who declines: https, mailto: or tel:.",
      },
    ],
  },
  {
    title: "Looks and words",
    fields: [
      {
        pointer: "/branding/name",
        kind: "text",
        label: "Name at the top of the page",
        help: "Left empty, the server's.",
      },
      {
        pointer: "/branding/accent",
        kind: "text",
        label: "Colour of buttons and links",
        help: "As #rrggbb; each theme gets the nearest shade that can be read.",
        example: "#14576b",
      },
      {
        pointer: "/branding/logo",
        kind: "long",
        label: "Logo",
        help: "A data URL of a PNG, WebP or SVG of at most 32 KiB. It needs the name.",
      },
      {
        pointer: "/glossary",
        kind: "lines",
        label: "Words the recogniser should know",
        help: "One per line: names, products, terms of the trade.",
      },
      {
        pointer: "/metadata",
        kind: "pairs",
        label: "Metadata",
        help: "One per line: name = value. It comes back with every answer of the API, and the list is searched by it.",
      },
    ],
  },
];
