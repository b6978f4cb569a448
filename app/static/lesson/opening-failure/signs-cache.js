// What the pixels of every step say of cheating: asked for step by step, since each answer costs the server
// some 20 ms.

import { nearest } from "../../shared/format.js";

const AT_ONCE = 3;
const NEAR = 2; // steps: what stands in for a step that is not known yet
const MOST_TRIES = 3;
const RETRY_MS = 3000;
const NOTHING = { figures: {}, boxes: [], maps: {} };

/** The answers for one run at a time. */
export class SignsCache {
  /** @param {() => void} onNews one more step is known */
  constructor(onNews) {
    this.onNews = onNews;
    this.show("");
  }

  /** @param {string} folder the part of the address that the run's steps share */
  show(folder) {
    this.stop();
    this.stopping = new AbortController();
    this.folder = folder;
    this.found = new Map(); // step → what was found
    this.tries = new Map();
    this.busy = new Set();
  }

  stop() {
    this.stopping?.abort();
  }

  /** What is known of this step, or of one close by. */
  near(step) {
    if (this.found.has(step)) return this.found.get(step);
    const close = nearest([...this.found.keys()], step);
    return close !== undefined && Math.abs(close - step) <= NEAR ? this.found.get(close) : undefined;
  }

  /** @param {number[]} steps to be known, the most urgent first */
  fetch(steps) {
    this.wanted = steps;
    const missing = steps.filter((step) => !this.found.has(step) && !this.busy.has(step));
    for (const step of new Set(missing)) {
      if (this.busy.size >= AT_ONCE) return;
      this.load(step);
    }
  }

  async load(step) {
    const { signal } = this.stopping;
    this.busy.add(step);
    try {
      const answer = await fetch(`${this.folder}/${step}.json`, { signal });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const signs = await answer.json();
      signal.throwIfAborted();
      this.found.set(step, signs);
    } catch (error) {
      if (signal.aborted) return;
      this.noteFailure(step, error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    if (!signal.aborted) this.goOn(step);
  }

  goOn(step) {
    this.busy.delete(step);
    this.onNews();
    this.fetch(this.wanted);
  }

  /** After a few failures the step counts as known, with nothing found. */
  noteFailure(step, error) {
    console.warn(`The signs of step ${step} could not be fetched.`, error);
    const tries = (this.tries.get(step) ?? 0) + 1;
    this.tries.set(step, tries);
    if (tries >= MOST_TRIES) this.found.set(step, NOTHING);
  }
}
