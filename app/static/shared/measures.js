// What is measured of every picture, and what it is called. The page says so, since the names have their one
// place there (core/base/measure_names.py).

import { formatNumber } from "./format.js";

/**
 * In display order; filled when the first component is mounted.
 * @type {{key: string, label: string, short: string, help: string}[]}
 */
export const MEASURES = [];

/** @param {Record<string, {label: string, short: string, help: string}>} measures by key */
export function nameMeasures(measures) {
  const named = Object.entries(measures).map(([key, names]) => ({ key, ...names }));
  MEASURES.splice(0, MEASURES.length, ...named);
}

/**
 * Whether a figure lies where those of real pictures do not: below their grey band, or above it for a judge
 * that steered. To please another judge more than real pictures do, or to resemble them more, is no sign of
 * cheating.
 * Wherever figures stand, this alone gives them the colour of `.outside`.
 * @param {number | undefined} value
 * @param {{p5: number, p95?: number} | null} [band] of real pictures
 * @param {boolean} [steers]
 */
export function isOutside(value, band, steers = false) {
  if (!band || !Number.isFinite(value)) return false;
  return value < band.p5 || (steers && value > band.p95);
}

/**
 * A measurement in words, for the name of a picture: "Judge 0.82, Held-out 0.80, Realism 0.91".
 * @param {Record<string, number>} [measurement] by key
 */
export function spoken(measurement) {
  if (!measurement) return "";
  return MEASURES.map(({ key, short }) => `${short} ${formatNumber(measurement[key])}`).join(", ");
}
