/**
 * What the page shows after messages of the server. Reads {nodes: [{parent, lost, messages}]} on
 * standard input: each node goes on from the view of its parent (-1: a page that has just been
 * loaded); `lost`: the call was lost before. Writes one view for each node.
 */
import { readFileSync } from "node:fs";
import { dropInterims, EMPTY_VIEW, fold } from "../../client/sdk/store.js";

const { nodes } = JSON.parse(readFileSync(0, "utf8"));
const views = [];
for (const { parent, lost, messages } of nodes) {
  const before = parent < 0 ? EMPTY_VIEW : views[parent];
  views.push(messages.reduce((view, message) => fold(view, message, 0), lost ? dropInterims(before) : before));
}
const shown = views.map((view) => ({
  prompt: view.promptId,
  status: view.status,
  can: [...view.can].sort(),
  skipped: view.skippedId,
  confirm: view.confirm,
  answers: Object.fromEntries(
    view.questions
      .filter((asked) => asked.segments.some((segment) => segment.final))
      .map(({ id, segments }) => [
        id,
        segments.filter((s) => s.final).map((s) => [s.text, s.request ?? "", s.mode, s.untranscribed]),
      ]),
  ),
}));
process.stdout.write(JSON.stringify(shown));
