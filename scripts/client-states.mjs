// Writes docs/client-states.md: the states of a candidate's connection and the whole transition
// table, from the table itself. A test keeps it in step; another one proves that every edge drawn
// can happen. Run: node scripts/client-states.mjs > docs/client-states.md
import { pathToFileURL } from "node:url";
import { INPUTS, PHASES, TABLE } from "../client/sdk/lifecycle.js";

/** From `from` to `to`: the inputs that lead there. @returns {Map<string, string[]>} */
export function edges() {
  const found = new Map();
  for (const from of PHASES) {
    for (const input of INPUTS) {
      for (const to of TABLE[from][input].to ?? []) {
        const key = `${from} --> ${to}`;
        found.set(key, [...(found.get(key) ?? []), input]);
      }
    }
  }
  return found;
}

const word = (input) => (input === "tick" ? "deadline" : input);

function diagram() {
  const lines = ["stateDiagram-v2", "    [*] --> idle"];
  for (const [edge, inputs] of edges()) {
    const [from, to] = edge.split(" --> ");
    if (from === to || to === "closed") continue;
    lines.push(`    ${edge}: ${inputs.map(word).join(", ")}`);
  }
  return [...lines, "    ended --> [*]"].join("\n");
}

function cell(entry, from) {
  if ("ignored" in entry) return "·";
  return entry.to.map((to) => (to === from ? "✓" : to)).join(", ");
}

function table() {
  const lines = [`| input | ${PHASES.join(" | ")} |`, `|---|${"---|".repeat(PHASES.length)}`];
  const reasons = [];
  for (const input of INPUTS) {
    const entries = PHASES.map((phase) => [phase, TABLE[phase][input]]);
    lines.push(`| ${word(input)} | ${entries.map(([phase, entry]) => cell(entry, phase)).join(" | ")} |`);
    const why = new Set(entries.flatMap(([, entry]) => ("ignored" in entry ? [entry.ignored] : [])));
    if (why.size) reasons.push(`- ${word(input)}: ${[...why].join("; ")}`);
  }
  return [...lines, "", "Ignored, because:", "", ...reasons].join("\n");
}

export function page() {
  return `# The states of a candidate's connection

Generated from the transition table of the browser SDK (\`client/sdk/lifecycle.js\`) by
\`node scripts/client-states.mjs\`; a test keeps it in step. Left out of the drawing because it holds
everywhere but at the end: \`close\` leads to \`closed\`.

The page is shown less (\`ConnectionState\` in \`client/sdk/types.d.ts\`): \`waiting\`, \`admitting\` and
\`calling\` are "connecting" for the first call and "reconnecting" for one that replaces a lost one;
\`lingering\` is "ended".

What is shown of the interview itself is not a state of the connection: it is the fold of the server's
messages (\`client/sdk/store.js\`), and [embedding.md](embedding.md#in-a-page) names its parts. A call
that is lost takes from it what only that call could know: words that were not final, and the wait of
a pause. Which prompt is answered, what may be undone and what is asked back come with the next
\`state\`.

\`\`\`mermaid
${diagram()}
\`\`\`

## Every pair

A phase: where the input leads; ✓: it is heeded and the phase stays; ·: ignored. What an older call
says, and a deadline that is not due yet, is ignored in every phase.

${table()}
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.stdout.write(page());
