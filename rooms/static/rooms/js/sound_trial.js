/** Trying the microphone in the dialog "Sound": how loud one is, in a bar and in words, and what one sounds like. */

import { mark, say, slot } from "../../site/js/parts.js";
import { gettext } from "../../site/js/words.js";
import { setSession, tellSession } from "./audio_session.js";
import { audioSession, browser } from "./browser_sound.js";
import { dbovOf } from "./levels.js";
import { Microphone } from "./microphone.js";
import { explain } from "./microphone_help.js";
import { verdictWords } from "./microphone_words.js";
import { LOUD_DBOV, QUIET_DBOV, VoiceCheck, heightOf } from "./voice_check.js";
import { canRecord, playBack, record } from "./voice_sample.js";

const MEASURED_MS = 100;

/** It dispatches `change` (the microphone was allowed, or is another one). */
export class SoundTrial extends EventTarget {
  #dialog;
  /** Ends the trial. */
  #life = new AbortController();
  /** One of its own: whoever is in the audience has none, and whoever is muted keeps silent. */
  #microphone = new Microphone({ ...browser, signal: this.#life.signal });
  /** Ends what measures one track. */
  #measuring = new AbortController();
  /** Makes the room quieter while one hears oneself. @type {(quiet: boolean) => void} */
  #duck;

  /**
   * @param {HTMLElement} dialog
   * @param {(quiet: boolean) => void} duck
   */
  constructor(dialog, duck) {
    super();
    this.#dialog = dialog;
    this.#duck = duck;
    tellSession(this.#microphone, audioSession);
    this.#microphone.addEventListener("track", () => this.#measure());
    slot(dialog, "meter").style.setProperty("--quiet", String(heightOf(QUIET_DBOV)));
    slot(dialog, "meter").style.setProperty("--loud", String(heightOf(LOUD_DBOV)));
    slot(dialog, "try").onclick = () => void this.begin();
    slot(dialog, "sample").onclick = () => void this.#hearMyself();
    slot(dialog, "sample").hidden = !canRecord();
    this.#show(false);
  }

  get track() {
    return this.#microphone.track;
  }

  async begin() {
    const has = await this.#microphone.open();
    if (this.#life.signal.aborted) return this.#microphone.close();
    if (!has) void explain(this.#microphone.problem, () => this.#life.signal.aborted || this.begin());
    this.#microphone.enable(true);
    this.#show(has);
  }

  /** Another microphone or treatment is wished; resolves to why it cannot be had, empty if all is well. */
  change() {
    return this.#microphone.change();
  }

  end() {
    this.#life.abort();
    this.#measuring.abort();
    this.#microphone.close();
    setSession(audioSession);
  }

  /** @param {boolean} runs */
  #show(runs) {
    const dialog = this.#dialog;
    const focused = document.activeElement === slot(dialog, "try");
    slot(dialog, "try").hidden = runs;
    slot(dialog, "trial").hidden = !runs;
    if (runs && focused) slot(dialog, "sample").focus();
  }

  #measure() {
    this.#measuring.abort();
    this.#measuring = new AbortController();
    this.dispatchEvent(new Event("change"));
    const { track } = this.#microphone;
    if (!track) return this.#show(false);
    const meter = browser.meter(track);
    const check = new VoiceCheck(performance.now());
    const look = () => this.#say(dbovOf(meter.level()), check);
    const timer = setInterval(look, MEASURED_MS);
    this.#measuring.signal.addEventListener("abort", () => {
      clearInterval(timer);
      meter.stop();
    }, { once: true });
  }

  /**
   * @param {number} dbov
   * @param {VoiceCheck} check
   */
  #say(dbov, check) {
    const verdict = check.hear(dbov, performance.now());
    const { word, advice } = verdictWords(verdict);
    const meter = slot(this.#dialog, "meter");
    const level = heightOf(dbov);
    meter.style.setProperty("--level", level.toFixed(2));
    mark(meter, "aria-valuenow", String(Math.round(level * 100)));
    mark(meter, "aria-valuetext", word);
    mark(meter, "data-verdict", verdict);
    slot(this.#dialog, "well").hidden = verdict !== "well";
    slot(this.#dialog, "not-well").hidden = verdict === "well";
    say(slot(this.#dialog, "verdict"), word);
    say(slot(this.#dialog, "advice"), advice);
  }

  async #hearMyself() {
    const { track } = this.#microphone;
    const button = slot(this.#dialog, "sample");
    if (!track || button.dataset.doing) return;
    const { signal } = this.#life;
    this.#duck(true);
    button.dataset.doing = "records";
    this.#word(gettext("Speak now, for three seconds"));
    const sample = await record(track, signal);
    button.dataset.doing = "plays";
    this.#word(gettext("This is how you sound"));
    await playBack(sample, signal);
    delete button.dataset.doing;
    this.#word(gettext("Hear yourself"));
    this.#duck(false);
  }

  /** @param {string} word */
  #word(word) {
    say(slot(this.#dialog, "sample-word"), word);
  }
}
