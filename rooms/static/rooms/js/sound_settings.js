/**
 * How somebody wants to speak and hear in this browser: remembered here and nowhere else. It knows no page.
 *
 * It dispatches `change` (`now` changed; `detail` is what it was before).
 *
 * @typedef {object} SoundWishes
 * @property {string} microphone the device's id, empty for the system's own choice
 * @property {string} microphoneName some browsers give a device another id each time: then its name tells
 * @property {string} output where the room is heard, likewise
 * @property {string} outputName
 * @property {boolean} echo whether echo is cancelled
 * @property {boolean} noise whether noise is suppressed
 * @property {boolean} gain whether the loudness is evened out
 * @property {boolean} hold whether the microphone is open only while a key or the button is held
 * @property {boolean} checked whether the microphone need not be checked before speaking
 */

export const STORED_AS = "causerie.sound";

/** What makes speech good in rooms without a studio. */
export const DEFAULT_WISHES = Object.freeze({
  microphone: "",
  microphoneName: "",
  output: "",
  outputName: "",
  echo: true,
  noise: true,
  gain: true,
  hold: false,
  checked: false,
});

export class SoundSettings extends EventTarget {
  /** @type {Readonly<SoundWishes>} */
  now;

  #storage;

  /** @param {Pick<Storage, "getItem" | "setItem"> | null} storage null where the browser keeps nothing */
  constructor(storage) {
    super();
    this.#storage = storage;
    this.now = this.#read();
  }

  /** @param {Partial<SoundWishes>} wishes what shall be different from now on */
  change(wishes) {
    const before = this.now;
    // Another window may have changed something else meanwhile.
    this.now = Object.freeze({ ...before, ...this.#stored(), ...knownOf(wishes) });
    this.#write();
    this.dispatchEvent(new CustomEvent("change", { detail: before }));
  }

  #read() {
    return Object.freeze({ ...DEFAULT_WISHES, ...this.#stored() });
  }

  /** @returns {Partial<SoundWishes>} */
  #stored() {
    try {
      return knownOf(JSON.parse(this.#storage?.getItem(STORED_AS) ?? "{}"));
    } catch {
      return {};
    }
  }

  #write() {
    try {
      this.#storage?.setItem(STORED_AS, JSON.stringify(this.now));
    } catch {
      // A full or locked storage: it holds until the page goes.
    }
  }
}

/**
 * What there is a wish for, of the kind that it must be.
 *
 * @param {any} given
 * @returns {Partial<SoundWishes>}
 */
function knownOf(given) {
  const kinds = /** @type {[string, unknown][]} */ (Object.entries(DEFAULT_WISHES));
  const fitting = kinds.filter(([name, byDefault]) => typeof given?.[name] === typeof byDefault);
  return Object.fromEntries(fitting.map(([name]) => [name, given[name]]));
}
