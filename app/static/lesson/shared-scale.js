// Measurements of a lesson's pictures on the scale of all other pages: 0 unrelated, 1 matching.

import { JUDGES, JudgeScale } from "../shared/judge-scale.js";

const PERCENTILES = ["p5", "p50", "p95"];

/** Puts judges' cosines on the shared scale; realism and what else is measured stays as it is. */
export class SharedScale {
  /** @param {Record<string, any>} reference the pack's bands of real pictures, judges' in cosines */
  constructor(reference) {
    this.scale = new JudgeScale();
    this.scale.reference = reference;
    this.bands = { ...reference };
    for (const name of JUDGES) if (reference[name]) this.bands[name] = this.band(name, reference[name]);
  }

  band(name, band) {
    const ends = PERCENTILES.map((one) => [one, this.scale.value(name, band[one])]);
    return { ...band, ...Object.fromEntries(ends) };
  }

  /** @param {Record<string, number>} measurement */
  shown(measurement) {
    const values = Object.entries(measurement).map(([name, value]) => [name, this.scale.value(name, value)]);
    return Object.fromEntries(values);
  }
}
