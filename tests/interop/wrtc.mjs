// libwebrtc in Node: a call to the server named by argv[2]. Prints what it heard as JSON.
import wrtc from "@roamhq/wrtc";

const { RTCPeerConnection, nonstandard } = wrtc;
const pc = new RTCPeerConnection();
const source = new nonstandard.RTCAudioSource();
pc.addTrack(source.createTrack());
const channel = pc.createDataChannel("interview.v1");
const heard = { text: "", frames: 0, loud: 0 };
pc.ontrack = ({ track }) => {
  const sink = new nonstandard.RTCAudioSink(track);
  sink.ondata = ({ samples }) => {
    heard.frames += 1;
    if (samples.some((sample) => Math.abs(sample) > 1000)) heard.loud += 1;
  };
};
channel.onmessage = ({ data }) => {
  heard.text = data;
};
channel.onopen = () => channel.send("hello");
let at = 0;
const speaking = setInterval(() => {
  const samples = new Int16Array(480);
  for (let n = 0; n < 480; n += 1, at += 1) samples[n] = 9000 * Math.sin(at * 0.0576);
  source.onData({ samples, sampleRate: 48000, bitsPerSample: 16, channelCount: 1, numberOfFrames: 480 });
}, 10);
await pc.setLocalDescription(await pc.createOffer());
const response = await fetch(process.argv[2], { method: "POST", body: pc.localDescription.sdp });
await pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
const end = Date.now() + 20000;
while (Date.now() < end && !(heard.text && heard.loud > 20)) await new Promise((f) => setTimeout(f, 50));
clearInterval(speaking);
console.log(JSON.stringify(heard));
process.exit(0);
