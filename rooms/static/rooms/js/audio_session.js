/**
 * Tells the system what kind of sound this is, so that listening never puts a telephone into its call mode. It knows no
 * page. Only Safari asks.
 *
 * @typedef {{type: string}} Session
 */

/** @type {Set<object>} */
const open = new Set();

/**
 * Hear from a microphone: from the moment when it is asked for until it is let go, sound goes both ways.
 *
 * @param {import("./microphone.js").Microphone} microphone
 * @param {Session | undefined} session
 */
export function tellSession(microphone, session) {
  microphone.addEventListener("change", () => {
    if (microphone.state === "off") open.delete(microphone);
    else open.add(microphone);
    setSession(session);
  });
}

/** @param {Session | undefined} session */
export function setSession(session) {
  if (!session) return;
  const type = open.size ? "play-and-record" : "playback";
  if (session.type !== type) session.type = type;
}
