// A client with a call, a server and a clock of the test's own.
import { mock } from "node:test";
import { InterviewClient } from "../../../client/sdk/client.js";

export const JOINED = {
  token: "t1",
  interview: "iv",
  expires_at: "2999-01-01T00:00:00Z",
  ice_servers: [],
  page: { title: "T", consent: { required: true, version: "1", text: "", given: false } },
};

/** The time of timers and of `performance.now`, moved by hand. */
function useTime() {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let nowMs = 1_000;
  const real = performance.now;
  performance.now = () => nowMs;
  return {
    /** In small steps, so that promises settle between them. */
    async pass(ms) {
      for (let left = ms; left > 0; left -= 100) {
        nowMs += Math.min(100, left);
        mock.timers.tick(Math.min(100, left));
        // Reading a body takes more than promises: a real turn of the loop.
        for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
      }
    },
    end() {
      performance.now = real;
      mock.timers.reset();
    },
  };
}

class FakeCall {
  constructor(options, open) {
    Object.assign(this, { options, sent: [], closed: false, restarts: 0, opening: open });
  }
  async open() {
    await this.opening();
  }
  send(text) {
    this.sent.push(JSON.parse(text));
    return !this.closed;
  }
  async replaceMicrophone(track) {
    return track !== null;
  }
  hush(quiet) {
    this.quiet = quiet;
  }
  async restartIce() {
    this.restarts += 1;
    return false;
  }
  async close() {
    this.closed = true;
  }
  async stats() {
    return null;
  }
  says(message) {
    this.options.onText(JSON.stringify(message));
  }
  types() {
    return this.sent.map((m) => m.type);
  }
}

export function rig({ joins = [], opens = [], link = "L", keep = null, random = () => 0.5 } = {}) {
  const calls = [];
  const texts = [];
  const requests = [];
  const fetch = async (url, init) => {
    requests.push([new URL(url).pathname, JSON.parse(init.body), init.headers.Authorization]);
    const [status, body] = joins.shift() ?? [200, JOINED];
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  };
  const client = new InterviewClient({
    base: "https://e.org",
    link,
    fetch,
    random,
    keep,
    callFactory: (options) => {
      const call = new FakeCall(options, opens.shift() ?? (async () => {}));
      calls.push(call);
      return call;
    },
    textFactory: (options) => {
      const call = new FakeCall(options, opens.shift() ?? (async () => {}));
      texts.push(call);
      return call;
    },
  });
  const states = [];
  client.on("connection", ({ state }) => states.at(-1) !== state && states.push(state));
  return { client, calls, texts, requests, states };
}

/** @param {(time: ReturnType<typeof useTime>) => Promise<void>} body */
export const timed = (body) => async () => {
  const time = useTime();
  try {
    await body(time);
  } finally {
    time.end();
  }
};

export const says = (call, message) => call.options.onText(JSON.stringify(message));
