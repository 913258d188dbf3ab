"""What the page notes of its own join: a script that runs before the page's and changes nothing of what it does."""

HOOK = """
(() => {
  const noted = (window.noted = {});
  const note = (step, at = performance.now()) => { noted[step] ??= at; };
  const ours = "#listen [data-slot=listen]";
  const ears = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
  addEventListener("click", ({ target }) => {
    if (!target.closest(ours)) return;
    note("click");
    // Only a click lets sound begin.
    void ears.resume();
  }, true);

  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (String(data).includes('"media.offer"')) note("offer");
    return send.call(this, data);
  };

  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(...options) {
      super(...options);
      note("opened");
      this.addEventListener("track", ({ track }) => hear(track));
      this.addEventListener("connectionstatechange", () => {
        if (this.connectionState === "connected") note("connected");
      });
      void countPackets(this);
    }
    setRemoteDescription(...options) {
      note("answer");
      return super.setRemoteDescription(...options);
    }
  };

  async function countPackets(peer) {
    while (!("packet" in noted) && peer.signalingState !== "closed") {
      for (const stat of (await peer.getStats()).values()) {
        if (stat.type !== "inbound-rtp" || !stat.packetsReceived) continue;
        note("packet", stat.lastPacketReceivedTimestamp - performance.timeOrigin);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  function hear(track) {
    const analyser = new AnalyserNode(ears, { fftSize: 2048 });
    ears.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    const look = () => {
      if ("audible" in noted) return;
      analyser.getFloatTimeDomainData(wave);
      const first = wave.findIndex((sample) => Math.abs(sample) > 0.01);
      if (first >= 0) note("audible", performance.now() - ((wave.length - first) * 1000) / ears.sampleRate);
      setTimeout(look, 2);
    };
    look();
  }
})();
"""
