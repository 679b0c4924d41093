// The candidate's page with a call of the test's own: call.html. `said` takes what the server says.
import { InterviewPage } from "../client/page/app.js";
import { stringsFor } from "../client/strings/index.js";

const joined = {
  token: "t",
  interview: "iv",
  expires_at: "2999-01-01T00:00:00Z",
  ice_servers: [],
  page: {
    title: "T",
    questions_total: 2,
    minutes: 4,
    locale: "en",
    record_audio: false,
    text_mode: true,
    consent: { required: false, version: "1", text: "", given: true },
    status: "listening",
    notices: [],
  },
};
window.sent = [];
const page = new InterviewPage(document.getElementById("app"), await stringsFor(["en"]), {
  base: location.origin,
  link: "iv.secret",
  fetch: async () => new Response(JSON.stringify(joined), { status: 200 }),
  callFactory: (options) => {
    window.called = (window.called ?? 0) + 1;
    window.spoke = options.microphone !== null;
    const hear = (message) => options.onText(JSON.stringify(message));
    window.said = (...messages) => messages.forEach(hear);
    return {
      open: async () => {},
      send(text) {
        const message = JSON.parse(text);
        if (message.type === "ping") hear({ type: "pong", t_ms: message.t_ms });
        else window.sent.push(message);
        return true;
      },
      replaceMicrophone: async () => true,
      restartIce: async () => false,
      close: async () => {},
      stats: async () => null,
    };
  },
});
window.interviewPage = page;
await page.open();
page.start(false);
page.set({ hasMicrophone: true }); // the panel to type in is closed until it is asked for
const opened = setInterval(() => {
  if (page.client.connection.state !== "open") return;
  clearInterval(opened);
  document.body.dataset.ready = "true";
}, 10);
if (parent !== window) (await import("../client/page/framed.js")).tellParent(page, location.hash);
