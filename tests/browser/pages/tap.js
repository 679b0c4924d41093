// Hears what a page plays: all of its audio elements in one graph, every sample kept while it listens.
const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process([input]) {
    this.port.postMessage(input[0]?.slice() ?? new Float32Array(128));
    return true;
  }
});`;

window.tapped = (async () => {
  await new Promise((resolve) => addEventListener("load", resolve));
  while (!document.querySelector("audio")) await new Promise((resolve) => setTimeout(resolve, 20));
  const context = new AudioContext({ sampleRate: 48_000 });
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([TAP], { type: "text/javascript" })));
  const node = new AudioWorkletNode(context, "tap", { channelCount: 1, channelCountMode: "explicit" });
  const silent = new GainNode(context, { gain: 0 });
  node.connect(silent).connect(context.destination);
  for (const element of document.querySelectorAll("audio")) context.createMediaElementSource(element).connect(node);
  let chunks = [];
  node.port.onmessage = ({ data }) => chunks.push(data);
  await context.resume();
  return { begin: () => (chunks = []), take: () => chunks };
})();

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// What was stopped is heard a little longer: until nothing is, two seconds at most.
const silence = async (tap) => {
  if ([...document.querySelectorAll("audio")].some((one) => !one.paused)) return;
  for (let quiet = 0, looks = 0; quiet < 2; looks += 1) {
    if (looks === 40) throw new Error("Nothing plays, and two seconds later something is still heard.");
    tap.begin();
    await wait(50);
    const chunks = tap.take();
    const loud = chunks.some((chunk) => chunk.some((value) => Math.abs(value) > 0.001));
    quiet = loud || !chunks.length ? 0 : quiet + 1;
  }
};

// Where each audio element was, and when: on a busy machine the recording waits for its data, and
// its next word comes later.
window.clock = [];

// Everything from `act` on for so many seconds, as base64 of 16 bit samples.
window.listen = async (seconds, act) => {
  const tap = await window.tapped;
  await silence(tap);
  const all = [...document.querySelectorAll("audio")];
  window.clock = [];
  tap.begin();
  act();
  const look = () => window.clock.push([performance.now() / 1000, ...all.map((one) => one.currentTime)]);
  const looks = setInterval(look, 10);
  await wait(1000 * seconds);
  clearInterval(looks);
  const chunks = tap.take();
  const samples = new Int16Array(chunks.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const chunk of chunks) for (const value of chunk) samples[at++] = Math.max(-1, Math.min(1, value)) * 32_767;
  const bytes = new Uint8Array(samples.buffer);
  let text = "";
  for (let from = 0; from < bytes.length; from += 32_768)
    text += String.fromCharCode(...bytes.subarray(from, from + 32_768));
  return btoa(text);
};
