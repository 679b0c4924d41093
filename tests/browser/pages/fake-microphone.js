// Runs before the page: a microphone that the test speaks through, and ears for the interviewer.
(() => {
  let context;
  let microphone;
  window.calls = [];
  window.microphones = [];
  window.heard = [];

  const audio = () => {
    context ??= new AudioContext();
    return context;
  };

  const refuse = (name) => Promise.reject(new DOMException("refused by the test", name));

  navigator.mediaDevices.getUserMedia = async () => {
    const failure = window.microphoneFailure;
    if (failure) return refuse(failure);
    window.microphoneRequests = (window.microphoneRequests ?? 0) + 1;
    await audio().resume();
    microphone = audio().createMediaStreamDestination();
    // Without a connected source Chromium sends no packets at all, which the server rightly takes
    // for lost audio and not for silence. A real microphone always gives something: a faint hiss.
    const hiss = audio().createBufferSource();
    hiss.buffer = audio().createBuffer(1, audio().sampleRate, audio().sampleRate);
    const samples = hiss.buffer.getChannelData(0);
    for (let i = 0; i < samples.length; i++) samples[i] = (Math.random() - 0.5) * 2e-4;
    hiss.loop = true;
    hiss.connect(microphone);
    hiss.start();
    window.microphones.push(...microphone.stream.getTracks());
    return microphone.stream;
  };

  // Speaks a WAV file given in base64; resolves when it has been said.
  window.say = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const source = audio().createBufferSource();
    source.buffer = await audio().decodeAudioData(bytes.buffer);
    source.connect(microphone);
    return new Promise((resolve) => {
      source.onended = resolve;
      source.start();
    });
  };

  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(...options) {
      super(...options);
      window.calls.push(this);
      this.addEventListener("track", ({ track }) => listen(track));
      this.messages = 0;
    }

    createDataChannel(...options) {
      const channel = super.createDataChannel(...options);
      channel.addEventListener("message", ({ data }) => {
        this.messages += 1;
        const { type, code } = JSON.parse(data);
        this.lastType = code ?? type;
      });
      return channel;
    }
  };

  // Loudness of the interviewer every 50 ms, with what the page showed at that moment.
  function listen(track) {
    const ears = new AudioContext();
    const analyser = ears.createAnalyser();
    ears.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
      const activity = document.querySelector(".presence")?.dataset.activity ?? "";
      window.heard.push({ atMs: performance.now(), rms, activity, running: ears.state === "running" });
    }, 50);
  }

  // From here on this tab never hangs up, so that what still reaches it is the server's doing.
  // Counts what its newest call receives: messages, RTP packets, and every byte of the transport.
  window.keepTheLine = () => {
    Real.prototype.close = () => {};
    RTCDataChannel.prototype.close = () => {};
    const ask = window.fetch;
    window.fetch = (url, init) => (init?.method === "DELETE" ? Promise.resolve(new Response(null)) : ask(url, init));
  };

  window.received = async () => {
    const call = window.calls.at(-1);
    const found = { messages: call.messages, lastType: call.lastType, packets: 0, bytes: 0 };
    for (const report of (await call.getStats()).values()) {
      if (report.type === "inbound-rtp") found.packets += report.packetsReceived;
      if (report.type === "transport") found.bytes += report.bytesReceived;
    }
    return found;
  };

  window.energy = async () => {
    for (const report of (await window.calls.at(-1).getStats()).values()) {
      if (report.type === "inbound-rtp" && report.kind === "audio") return report.totalAudioEnergy ?? 0;
    }
    return 0;
  };
})();
