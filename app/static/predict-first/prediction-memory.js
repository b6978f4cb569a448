// What this browser remembers of predictions; several tabs share it.

import { recall, remember } from "../shared/memory.js";

const KEY = "ctjp-predictions";

/**
 * @typedef {object} Prediction
 * @property {Record<string, string>} answers by question
 * @property {number} [of] how many of them could be judged
 * @property {number} [right] how many of those were right
 */

/** Pending answers, and by run the answers with what came of them. */
export class PredictionMemory {
  /** @param {() => void} onChange another tab has changed it */
  constructor(onChange) {
    this.kept = nothing();
    this.read();
    this.listener = (event) => {
      if (event.key !== KEY) return;
      this.read();
      onChange();
    };
    addEventListener("storage", this.listener);
  }

  destroy() {
    removeEventListener("storage", this.listener);
  }

  read() {
    const text = recall(KEY);
    if (text === null) return; // nothing yet, or nothing may be kept: what this tab knows holds
    try {
      this.kept = { ...nothing(), ...JSON.parse(text) };
    } catch {
      this.kept = nothing(); // something else is kept there: begin anew
    }
  }

  /**
   * Change it, starting from what other tabs have made of it by now.
   * @param {(kept: {pending: Record<string, string>, asked: string | null, runs: Record<string, Prediction>})
   *   => void} edit
   */
  change(edit) {
    this.read();
    edit(this.kept);
    remember(KEY, JSON.stringify(this.kept));
  }

  /** Run was pressed: the answers given so far are about this run. */
  bind(run) {
    if (this.kept.asked === run) return;
    this.change((kept) => {
      kept.asked = run;
      if (kept.runs[run] || !Object.values(kept.pending).some(Boolean)) return;
      kept.runs[run] = { answers: kept.pending };
      kept.pending = {};
    });
  }

  /** Forget everything but which run was asked for last. */
  reset() {
    this.change((kept) => {
      kept.pending = {};
      kept.runs = {};
    });
  }

  /** Over all runs that have answered: {right, of, runs}. */
  total() {
    const judged = Object.values(this.kept.runs).filter(({ of }) => of);
    const sum = (key) => judged.reduce((total, one) => total + one[key], 0);
    return { right: sum("right"), of: sum("of"), runs: judged.length };
  }
}

const nothing = () => ({ pending: {}, asked: null, runs: {} });
