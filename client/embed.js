// An interview in a page of yours: <interview-call src="https://interviews.example.org/j/…">. No module: it can
// be loaded by a plain script element. docs/embedding.md says which events it has.
if (!customElements.get("interview-call")) {
  const EVENTS = ["ready", "started", "completed", "error", "height"];
  const LOWEST_PX = 480;
  const HIGHEST_PX = 4_000;

  customElements.define(
    "interview-call",
    class extends HTMLElement {
      static observedAttributes = ["src"];

      connectedCallback() {
        globalThis.addEventListener("message", this);
        this.show();
      }

      disconnectedCallback() {
        globalThis.removeEventListener("message", this);
        this.replaceChildren();
      }

      attributeChangedCallback() {
        if (this.isConnected) this.show();
      }

      show() {
        const src = this.getAttribute("src");
        const frame = document.createElement("iframe");
        this.frame = frame;
        this.replaceChildren();
        if (!src) return;
        const url = new URL(src, document.baseURI);
        this.origin = url.origin;
        url.hash = `embed=${encodeURIComponent(globalThis.location.origin)}`;
        frame.allow = "microphone; autoplay; screen-wake-lock";
        frame.title = this.getAttribute("title") ?? "Interview";
        frame.style.cssText = `display:block; width:100%; height:${LOWEST_PX}px; border:0`;
        frame.src = url.href;
        this.style.display ||= "block";
        this.append(frame);
      }

      /** Only from the frame made here, and only while it shows the server that was named. @param {MessageEvent} event */
      handleEvent({ source, origin, data }) {
        if (!this.frame || source !== this.frame.contentWindow || origin !== this.origin) return;
        if (data?.source !== "interview-call" || !EVENTS.includes(data.type)) return;
        const { source: _, type, ...detail } = data;
        if (type === "height" && Number.isFinite(detail.height)) {
          this.frame.style.height = `${Math.min(HIGHEST_PX, Math.max(LOWEST_PX, Math.ceil(detail.height)))}px`;
        }
        this.dispatchEvent(new CustomEvent(type, { detail }));
      }
    },
  );
}
