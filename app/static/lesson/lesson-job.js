// A computation of the painter process: asked for by the page, watched here until it is done.

import { element } from "../shared/dom.js";
import { Poller } from "../shared/polling.js";

const POLL_MS = 150;
const WAITING = "Waiting for the painter process.";
const WORKING = "The painter process is working on it.";

/** Watches one computation at a time; `part` says how it goes. */
export class LessonJob {
  /**
   * @param {(result: any, address: string, signal: AbortSignal) => any} onDone called once for each
   *   computation that is done, with the address of its pictures; the signal says that another one is wanted
   *   by now
   */
  constructor(onDone) {
    this.onDone = onDone;
    this.bar = element("progress", { max: 1, value: 0, "aria-label": "Progress" });
    this.words = element("span");
    this.part = element("p", { className: "note row", role: "status", hidden: true }, this.words, this.bar);
    this.poller = new Poller({
      address: () => `${this.address}.json`,
      every: POLL_MS,
      take: (state, signal) => this.take(state, signal),
      onTrouble: (sentence) => sentence && this.say(sentence),
      onRefused: (sentence) => this.say(sentence, true),
    });
  }

  /**
   * Show this computation from now on.
   * @param {string} base
   * @param {string} id
   * @param {{asked?: number, refused?: string}} [wish] `asked` grows with every wish, since the same may be
   *   wished again; `refused` is why not
   */
  watch(base, id, { asked = 0, refused = "" } = {}) {
    if (refused) {
      this.say(refused, true);
      return;
    }
    if (id === this.id && asked === this.asked) return;
    this.id = id;
    this.asked = asked;
    this.address = `${base}/lessons/${id}`;
    this.poller.start();
  }

  stop() {
    this.id = undefined;
    this.poller.stop();
  }

  async take({ status, reason, share, note, result }, signal) {
    if (status === "failed") {
      this.say(reason, true);
      return true;
    }
    if (status === "done") {
      await this.onDone(result, this.address, signal);
      this.say("");
      return true;
    }
    if (status === "waiting") this.say(note || WAITING);
    else this.say(WORKING, false, share);
    return false;
  }

  say(text, bad = false, share = undefined) {
    this.part.hidden = !text;
    this.part.dataset.bad = String(bad);
    if (this.words.textContent !== (text ?? "")) this.words.textContent = text ?? "";
    this.bar.hidden = share === undefined;
    if (share !== undefined) this.bar.value = share;
  }
}
