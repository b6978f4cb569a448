// Step, axis and view in the page's address, so that a copied link shows what its sender saw.

import { addressParameters, changeAddress } from "../shared/address-bar.js";

const WRITE_MS = 300;
const AXES = ["share", "step", "seconds", "evaluations"];
const PERCENT = /^\d{1,3}(\.\d{1,4})?$/;
const LONGEST_QUOTE = 40; // characters of what is not accepted

/** Parameter → what it accepts, in words, and how it is read; undefined for what is not accepted. */
const PARAMETERS = {
  step: {
    accepted: "a number from 0 to 100, in per cent of the run",
    read: (text) => (PERCENT.test(text) && Number(text) <= 100 ? Number(text) / 100 : undefined),
  },
  axis: oneOf(...AXES),
  scale: oneOf("shared", "cosine"),
  view: oneOf("presenter"),
};

function oneOf(...words) {
  return { accepted: words.join(", "), read: (text) => (words.includes(text) ? text : undefined) };
}

/** Keeps the address up to date. */
export class PlayerAddress {
  /**
   * @param {() => Record<string, string | undefined>} wanted {step, axis, scale, view}; undefined ones are
   *   left out
   */
  constructor(wanted) {
    this.wanted = wanted;
  }

  /**
   * What the address asks for: step as a share from 0 to 1; `notice` names what it asks for in vain.
   * @returns {{step?: number, axis?: string, scale?: string, view?: string, notice: string}}
   */
  static read() {
    const parameters = addressParameters();
    const found = { notice: "" };
    const junk = [];
    for (const [name, { accepted, read }] of Object.entries(PARAMETERS)) {
      const text = parameters.get(name);
      if (text === null) continue;
      found[name] = read(text);
      if (found[name] !== undefined) continue;
      junk.push(`${name} “${text.slice(0, LONGEST_QUOTE)}” (accepted: ${accepted})`);
    }
    if (junk.length) {
      const values = junk.join("; ");
      found.notice = `This link contains values we don't recognise; defaults are used instead: ${values}.`;
    }
    return found;
  }

  /** Bring the address up to date, soon: a slider moves faster than browsers let an address change. */
  write() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => changeAddress((parameters) => this.put(parameters)), WRITE_MS);
  }

  put(parameters) {
    for (const [name, value] of Object.entries(this.wanted())) {
      if (value === undefined) parameters.delete(name);
      else parameters.set(name, value);
    }
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
