// A measurement in small letters below a picture; what is unlike real pictures stands out.

import { element } from "../shared/dom.js";
import { formatNumber } from "../shared/format.js";
import { MEASURES, isOutside } from "../shared/measures.js";

/**
 * @param {Record<string, number>} measurement
 * @param {Record<string, {p5: number, p95: number}>} reference the pack's bands of real pictures by measure
 * @param {HTMLElement[]} before further lines that come first
 */
export function measuredList(measurement, reference, before = []) {
  const lines = MEASURES.flatMap(({ key, short }) => {
    const value = measurement[key];
    return measuredLine(short, formatNumber(value), isOutside(value, reference[key], key === "score"));
  });
  return element("div", { className: "measured-list" }, ...before, ...lines);
}

/** A label and its value. */
export function measuredLine(label, textContent, outside) {
  const value = element("b", { textContent });
  value.classList.toggle("outside", outside);
  return [element("span", { textContent: label }), value];
}
