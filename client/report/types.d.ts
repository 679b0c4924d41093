/** What `GET /v1/interviews/{id}/report` answers, as far as the page reads it. Times are seconds on the interview's timeline. */

import type { BrandShown } from "../sdk/api.js";

export interface Word {
  w: string;
  s: number;
  e: number;
  c: number | null;
}

export interface Rejected {
  start_s: number;
  end_s: number;
  reason: string;
  text: string;
}

export interface Turn {
  start_s: number | null;
  end_s: number | null;
  text: string;
  words: Word[];
  confidence: number | null;
  lost_ms: number;
  concealed_ms: number;
  end_reason: string;
  mode: "voice" | "text";
  request: string;
  set_aside: "" | "echo" | "backchannel";
  untranscribed: boolean;
  rejected: Rejected[];
}

export interface Answer {
  prompt_id: string;
  kind: "question" | "follow_up" | "practice" | "candidate_questions" | "summary";
  question_id: string | null;
  asked_text: string;
  status: string;
  reason: string;
  mode: "voice" | "text" | "mixed" | "none";
  text: string;
  turns: Turn[];
  follow_ups: string[];
  grounded_on: { quote: string; criterion_id: string | null } | null;
  audio: { file: string; start_s: number; end_s: number; url?: string | null }[];
  lost_ms: number;
  concealed_ms: number;
  correction: { text: string; original: string; at: string } | null;
  summary_corrections: {
    by: "voice" | "text";
    text: string;
    original: string;
    at: string;
    start_s: number | null;
  }[];
}

export interface Request {
  intent: string;
  by: string;
  effect: string;
  text: string;
  prompt_id: string | null;
  at: string;
  at_s: number | null;
  answer: { index: number; q: string; text: string } | null;
}

export interface Result {
  status: string;
  partial: boolean;
  pending_segments: number;
  review: { status: "open" | "done" | "over"; until: string; corrected: number } | null;
  summary: {
    status: "offered" | "told" | "confirmed" | "declined" | "no_reply";
    corrected: number;
  } | null;
  timing: { started_at: string | null; ended_at: string | null; conversation_s: number };
  answers: Answer[];
  requests: Request[];
  notices: string[];
  /** Null: none was asked for. */
  evaluation: Evaluation | null;
}

export interface Quote {
  prompt_id: string;
  /** Null: in the candidate's correction alone. */
  turn_epoch: number | null;
  text: string;
  /** Null: typed. */
  start_s: number | null;
  end_s: number | null;
  repaired: boolean;
}

export interface Decision {
  /** Null: no score can be given. */
  score: number | null;
  confirmed: boolean;
  by: string;
  reason: string;
  at: string;
}

export interface Criterion {
  question_id: string;
  criterion_id: string;
  criterion: string;
  status: "proposed" | "needs_human" | "insufficient_evidence" | "not_judged";
  score: number | null;
  scores: number[];
  spread: number | null;
  quotes: Quote[];
  reasons: { code: string; message: string }[];
  final: boolean;
  decision: Decision | null;
  /** The oldest first. */
  decisions: Decision[];
}

export interface Evaluation {
  status: "pending" | "ready" | "failed";
  final: boolean;
  model: string;
  /** 0: no model was asked. */
  runs: number;
  made_at: string | null;
  criteria: Criterion[];
  flags: { prompt_id: string }[];
  /** How often it was begun again. */
  renewed: number;
}

export interface Recording {
  file: string;
  url: string | null;
  start_s: number;
  /** 0 while the connection is open. */
  duration_s: number;
}

export interface Spoken {
  id: string;
  kind: string;
  prompt_id: string | null;
  text: string;
  words: { text: string; start_s: number; end_s: number }[];
  /** Null: it cannot be placed. */
  start_s: number | null;
  end_s: number | null;
  /** Where in the clip it began. */
  from_s: number;
  heard_s: number;
  /** Of the whole clip; 0: shown and not spoken. */
  duration_s: number;
  complete: boolean;
  outcome: string;
  placed: "exact" | "estimated" | "none";
  url: string | null;
}

export interface Span {
  kind: "turn" | "pause" | "lost" | "concealed" | "absent";
  start_s: number;
  end_s: number;
  prompt_id: string | null;
  /** By the clock: of an absence, how long it was. */
  lasted_s: number;
}

export interface Waveform {
  step_s: number;
  candidate: number[];
  interviewer: number[];
}

/** What `links.waveform` answers. */
export interface Sound {
  waveform: Waveform | null;
  /** Lost and concealed ones, in place of those of the report. */
  spans: Span[];
}

export interface Quality {
  usable: boolean;
  reasons: { code: string; message: string; limits_use: boolean; value: number | null }[];
  loss: number;
  lost_ms: number;
  concealed_ms: number;
  level_dbfs: number | null;
  late_words: number;
  untranscribed_s: number;
  words: number;
  low_confidence_words: number;
  low_confidence: number;
}

export interface Coverage {
  prompt_id: string;
  number: string;
  asked: boolean;
  answered: boolean;
  words: number;
  speaking_s: number;
  low_confidence_words: number;
  /** Signed, of the answer alone. */
  audio_url?: string | null;
}

export interface Report {
  interview: {
    id: string;
    title: string;
    status: string;
    partial: boolean;
    ended_reason: string;
    created_at: string;
    started_at: string | null;
    ended_at: string | null;
    locale: string;
    candidate_external_id: string | null;
  };
  branding?: BrandShown | null;
  result: Result;
  duration_s: number;
  recordings: Recording[];
  spoken: Spoken[];
  spans: Span[];
  waveform: Waveform | null;
  quality: Quality;
  coverage: Coverage[];
  links: Record<string, string | null>;
  expires_at: string | null;
  scopes: string[];
}
