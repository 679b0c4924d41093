import { Api, InterviewError, placeOf } from "../sdk/index.js";
import { stringsFor } from "../strings.en.js";
import { button, enable, h, setLabel, setText } from "./dom.js";
import { icon } from "./icons.js";

/**
 * The first page of a server: starts a demo interview and goes there.
 * @param {HTMLElement} root @param {{api: Api, go: (url: string) => void}} options
 */
export function showLanding(root, { api, go }) {
  const strings = stringsFor();
  const s = strings.landing;
  const failure = h("p", { class: "failure", attrs: { role: "alert" } });
  const start = button(s.start, () => void begin(), { class: "button primary large" });
  const begin = async () => {
    setText(failure, "");
    setLabel(start, s.starting);
    enable(start, false);
    try {
      go((await api.demo()).join_url);
    } catch (error) {
      const detail = error instanceof InterviewError ? error.message : "";
      setText(failure, `${s.failed} ${detail}`);
      setLabel(start, s.start);
      enable(start, true);
    }
  };
  document.documentElement.lang = strings.lang;
  document.title = strings.appName;
  document.body.setAttribute("data-screen", "landing");
  root.replaceChildren(
    h(
      "header",
      { class: "top" },
      h(
        "p",
        { class: "brand" },
        icon("chat", "icon brand-icon"),
        h("span", { class: "brand-title", text: strings.appName }),
      ),
    ),
    h(
      "main",
      { attrs: { id: "main" } },
      h(
        "div",
        { class: "screen narrow landing" },
        h("h1", { text: s.title }),
        h("p", { class: "lead", text: s.lead }),
        h(
          "ul",
          { class: "points card" },
          ...s.points.map(([title = "", text = ""], index) =>
            h(
              "li",
              {},
              icon(["clock", "mic", "chat"][index] ?? "check"),
              h("div", {}, h("strong", { text: title }), h("span", { text })),
            ),
          ),
        ),
        failure,
        h("div", { class: "actions" }, start),
      ),
    ),
  );
}

/** @param {HTMLElement} root */
export function startLanding(root) {
  const { base } = placeOf(globalThis.location.href);
  showLanding(root, { api: new Api(base), go: (url) => globalThis.location.assign(url) });
}
