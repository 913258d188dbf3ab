/** Tells the host's figures how far a replay is heard: what was played, not where the slider was moved to. */

/** Whoever hears less has only looked what it is. */
const LEAST_SECONDS = 5;
const TELL_SECONDS = 30;
/** Between two looks at the audio no more is played, even at three times the speed; more is a jump. */
const JUMP_SECONDS = 2;

/**
 * @param {HTMLElement} root
 * @param {HTMLAudioElement} audio
 * @param {AbortSignal} signal
 */
export function countListening(root, audio, signal) {
  const address = root.dataset.heard;
  if (!address) return;
  let last = audio.currentTime;
  let played = 0;
  let reached = 0;
  let told = 0;
  const tell = () => {
    const seconds = Math.floor(reached);
    if (played < LEAST_SECONDS || seconds <= told) return;
    told = seconds;
    const body = new FormData();
    body.set("seconds", String(seconds));
    body.set("csrfmiddlewaretoken", /** @type {HTMLInputElement} */ (root.querySelector("[name=csrfmiddlewaretoken]")).value);
    // It outlives the page; one that is lost is told again with the next.
    navigator.sendBeacon(address, body);
  };
  audio.addEventListener("timeupdate", () => {
    const step = audio.currentTime - last;
    last = audio.currentTime;
    if (audio.paused || step <= 0 || step > JUMP_SECONDS) return;
    played += step;
    reached = Math.max(reached, audio.currentTime);
    if (reached - told >= TELL_SECONDS || (!told && played >= LEAST_SECONDS)) tell();
  });
  for (const name of ["pause", "ended"]) audio.addEventListener(name, tell);
  addEventListener("pagehide", tell, { signal });
  signal.addEventListener("abort", tell, { once: true });
}
