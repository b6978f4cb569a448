// A range with its name before it and its value behind it.

import { element } from "../../shared/dom.js";
import { formatNumber } from "../../shared/format.js";

const STEP = 0.05;

/** The slider; `part` is the element. */
export class LabelledSlider {
  /**
   * @param {string} label
   * @param {{from: number, to: number, value: number}} ends and where it stands at first
   * @param {() => void} onChange
   */
  constructor(label, { from, to, value }, onChange) {
    const ends = { min: from, max: to, step: STEP };
    this.input = element("input", { type: "range", ...ends, "aria-label": label });
    this.input.value = value;
    const shown = element("span", {
      className: "value",
      "aria-hidden": "true",
      textContent: formatNumber(value),
    });
    this.input.addEventListener("input", () => {
      shown.textContent = formatNumber(this.value);
      onChange();
    });
    this.part = element(
      "div",
      { className: "slider" },
      element("span", { textContent: label }),
      this.input,
      shown,
    );
  }

  get value() {
    return Number(this.input.value);
  }
}
