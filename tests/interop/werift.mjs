// WebRTC in TypeScript: a call to the server named by argv[2]. Prints what it heard as JSON.
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket } from "werift";

const pc = new RTCPeerConnection();
const track = new MediaStreamTrack({ kind: "audio" });
pc.addTransceiver(track, { direction: "sendrecv" });
const channel = pc.createDataChannel("interview.v1");
const heard = { text: "", frames: 0, loud: 0 };
pc.onTrack.subscribe((remote) =>
  remote.onReceiveRtp.subscribe(({ payload }) => {
    heard.frames += 1;
    if (payload.length > 10) heard.loud += 1;
  }),
);
channel.onMessage.subscribe((data) => {
  heard.text = data.toString();
});
channel.stateChanged.subscribe((state) => {
  if (state === "open") channel.send(Buffer.from("hello").toString());
});
let number = 0;
const silence = Buffer.from([0xf8, 0xff, 0xfe]);
const speaking = setInterval(() => {
  number += 1;
  track.writeRtp(
    new RtpPacket(
      new RtpHeader({
        sequenceNumber: number,
        timestamp: number * 960,
        payloadType: 96,
        ssrc: 1234,
        marker: number === 1,
      }),
      silence,
    ).serialize(),
  );
}, 20);
await pc.setLocalDescription(await pc.createOffer());
const response = await fetch(process.argv[2], { method: "POST", body: pc.localDescription.sdp });
await pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
const end = Date.now() + 20000;
while (Date.now() < end && !(heard.text && heard.loud > 20)) await new Promise((f) => setTimeout(f, 50));
clearInterval(speaking);
console.log(JSON.stringify(heard));
process.exit(0);
