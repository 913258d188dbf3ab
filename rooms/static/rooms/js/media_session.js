/**
 * What the lock screen, headphones and keyboards' own keys show of the room, and what they do. It knows no page.
 *
 * @typedef {import("./view.js").View} View
 * @typedef {{title: string, artist: string, artwork: MediaImage[]}} About
 * @typedef {Partial<Record<string, () => void>>} Deeds by the browser's names for them
 * @typedef {Pick<MediaSession, "metadata" | "playbackState" | "setActionHandler"> &
 *   {setMicrophoneActive?: (active: boolean) => unknown}} Session
 */

/** A lock screen is no meter: whoever talks is named at most this often. */
export const NAMED_MS = 1_000;
/** So long after the last word the host is named again. */
export const SILENT_MS = 3_000;

/**
 * @param {View} view
 * @param {string} talker the id of whoever talks, or empty
 * @returns {About}
 */
export function aboutRoom({ page, seats }, talker) {
  const host = seats[0]?.person;
  const person = seats.map((seat) => seat.person).find(({ id }) => id === talker) ?? host;
  return { title: page.title, artist: person?.name ?? "", artwork: host ? [artworkOf(host.portrait)] : [] };
}

/** @param {string} src */
function artworkOf(src) {
  return /\.svg(\?|$)/.test(src) ? { src, sizes: "any", type: "image/svg+xml" } : { src };
}

/** @param {View} view @returns {MediaSessionPlaybackState} */
export function playbackOf({ hearing, paused, tap }) {
  if (paused) return "paused";
  return tap || hearing === "off" || hearing === "refused" || hearing === "elsewhere" ? "none" : "playing";
}

/** Whom to name: whoever is the loudest, but nobody for less than a moment. */
export class Talker {
  id = "";
  #since = 0;
  #heardAt = 0;

  /**
   * @param {Map<string, number>} levels
   * @param {number} now
   */
  hear(levels, now) {
    if (levels.has(this.id)) this.#heardAt = now;
    const loudest = [...levels].sort(([, one], [, other]) => other - one)[0]?.[0] ?? "";
    const silent = this.id && now - this.#heardAt >= SILENT_MS;
    const named = this.id && now - this.#since < NAMED_MS;
    if (loudest === this.id || (!loudest && !silent) || (loudest && named)) return;
    this.id = loudest;
    this.#since = this.#heardAt = now;
  }
}

export class LockScreen {
  #session;
  #make;
  #deeds;
  #shown = "";

  /** @param {{session: Session | undefined, make: (about: About) => MediaMetadata, deeds: Deeds}} options */
  constructor({ session, make, deeds }) {
    this.#session = session;
    this.#make = make;
    this.#deeds = deeds;
    this.#offer(true);
  }

  /**
   * @param {View} view
   * @param {string} talker
   */
  show(view, talker) {
    if (!this.#session) return;
    const about = aboutRoom(view, talker);
    const shown = JSON.stringify(about);
    if (shown !== this.#shown) this.#session.metadata = this.#make(about);
    this.#shown = shown;
    this.#session.playbackState = playbackOf(view);
    // Browsers that know no microphone here have no such method.
    void this.#session.setMicrophoneActive?.(view.voice === "air");
  }

  /** Nothing plays any more. */
  clear() {
    if (!this.#session) return;
    this.#offer(false);
    this.#session.metadata = null;
    this.#session.playbackState = "none";
  }

  /** @param {boolean} offered */
  #offer(offered) {
    for (const [name, deed] of Object.entries(this.#deeds)) {
      try {
        this.#session?.setActionHandler(/** @type {MediaSessionAction} */ (name), offered && deed ? deed : null);
      } catch {
        // This browser knows no such deed.
      }
    }
  }
}
