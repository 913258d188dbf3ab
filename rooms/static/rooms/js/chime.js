/** Two soft sounds, made here: two notes like struck glass, rising for who comes, falling for who goes. */

/** @typedef {import("./moment_rules.js").Moment} Moment */

/** Hz; a fifth apart, which disturbs no talk. @type {Record<Moment, [number, number]>} */
const NOTES = { arrival: [587.33, 880], departure: [880, 587.33] };
/** Well below a voice. */
const LOUDNESS = 0.045;
const NOTE_SECONDS = 0.42;
const SECOND_AFTER = 0.11;
/** How strong each overtone is, by its multiple of the note. */
const PARTIALS = [[1, 1], [2, 0.22], [3, 0.06]];

/** @type {AudioContext | null} */
let context = null;

/** @param {Moment} moment */
export async function chime(moment) {
  context ??= new AudioContext();
  // Without a tap on this page the browser lets nothing be heard; then it stays quiet, and is not made up for later.
  if (context.state === "suspended") await Promise.race([context.resume(), new Promise((go) => setTimeout(go, 200))]);
  if (context.state !== "running") return;
  const [first, second] = NOTES[moment];
  const now = context.currentTime;
  strike(context, first, now);
  strike(context, second, now + SECOND_AFTER);
}

/**
 * @param {AudioContext} context
 * @param {number} hz
 * @param {number} at seconds
 */
function strike(context, hz, at) {
  for (const [multiple, strength] of PARTIALS) {
    const [tone, fade] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = hz * multiple;
    fade.gain.setValueAtTime(0, at);
    fade.gain.linearRampToValueAtTime(LOUDNESS * strength, at + 0.012);
    fade.gain.exponentialRampToValueAtTime(0.0001, at + NOTE_SECONDS);
    tone.connect(fade).connect(context.destination);
    tone.start(at);
    tone.stop(at + NOTE_SECONDS);
  }
}
