// A measurement as a dot beside the band where real pictures lie; made once, moved with the slider.

import { element } from "./dom.js";
import { term } from "./glossary.js";
import { clampShare, cssPercent, formatNumber } from "./format.js";
import { MEASURES, isOutside } from "./measures.js";

const SHARED = { from: -0.5, to: 1.5 }; // ends of the tracks; from 0 to 1 otherwise
const ENDS = { score: SHARED, heldout: SHARED };
const SHARED_HELP = "shared scale, 0 unrelated, 1 matching";

/** One value with its name, what it means, and a track from `from` to `to`. */
export class Meter {
  /**
   * @param {string} label
   * @param {string} help a few words
   * @param {{digits?: number, from?: number, to?: number, key?: string}} [options] decimals; the ends of the
   *   track; the measure, which is the glossary's term that the name stands for
   */
  constructor(label, help, { digits = 2, from = 0, to = 1, key } = {}) {
    this.label = label;
    this.steers = key === "score"; // nothing but the judge steers what has no roles of its own
    this.digits = digits;
    this.from = from;
    this.to = to;
    this.band = element("i", { className: "band" });
    this.median = element("i", { className: "median" });
    this.dot = element("i", { className: "dot" });
    this.value = element("span", { className: "value" });
    this.track = element("span", { className: "track", role: "img" }, this.band, this.median, this.dot);
    this.part = element(
      "div",
      { className: "meter" },
      element(
        "span",
        { className: "label", title: help },
        element("b", {}, key ? term(key, label) : label),
        element("span", { textContent: help }),
      ),
      this.value,
      this.track,
    );
    this.say(`${label}: not measured yet`);
  }

  /**
   * @param {number | undefined} value
   * @param {{p5: number, p50: number, p95: number}} [band] of real pictures
   * @param {boolean} [outside] whether the value is unlike real pictures, where the band does not say that
   */
  show(value, band, outside = isOutside(value, band, this.steers)) {
    const known = Number.isFinite(value);
    this.value.textContent = formatNumber(value, this.digits);
    this.part.dataset.outside = String(known && outside);
    this.value.classList.toggle("outside", known && outside);
    this.dot.hidden = !known;
    this.dot.style.left = cssPercent(this.share(value));
    this.band.hidden = !band;
    this.median.hidden = !band;
    if (band) this.showBand(band);
    const range = band && `${formatNumber(band.p5, this.digits)} to ${formatNumber(band.p95, this.digits)}`;
    this.say(`${this.label}: ${this.value.textContent}${range ? `; real pictures ${range}` : ""}`);
  }

  showBand({ p5, p50, p95 }) {
    const low = clampShare(this.share(p5));
    const high = clampShare(this.share(p95));
    this.band.style.left = cssPercent(low);
    this.band.style.width = cssPercent(high - low);
    this.median.style.left = cssPercent(this.share(p50));
  }

  share(value) {
    return (value - this.from) / (this.to - this.from);
  }

  say(sentence) {
    this.track.setAttribute("aria-label", sentence);
    this.track.title = sentence;
  }
}

/** Judge and held-out judge on the shared scale, and realism: what every picture of the lesson has. */
export class PictureMeters {
  /** @param {Record<string, {p5: number, p50: number, p95: number}>} reference bands, as they are shown */
  constructor(reference) {
    this.reference = reference;
    this.meters = MEASURES.map(({ key, label, help }) => {
      const meter = new Meter(label, key in ENDS ? SHARED_HELP : help, { ...ENDS[key], key });
      return { key, meter };
    });
    this.part = element("div", { className: "meters" }, ...this.meters.map(({ meter }) => meter.part));
  }

  /** @param {{score: number, heldout: number, realism: number}} [measurement] */
  show(measurement) {
    for (const { key, meter } of this.meters) {
      meter.show(measurement?.[key] ?? NaN, this.reference[key]);
    }
  }
}

/**
 * A plain bar from 0 to 1, for screens only: its number stands beside it.
 * @param {number} [median] of real pictures, shown as a tick
 * @returns {{part: HTMLElement, show: (value: number) => void}}
 */
export function plainBar(median) {
  const fill = element("i");
  const part = element("span", { className: "plain-bar", "aria-hidden": "true" }, fill);
  if (median !== undefined) part.append(element("u", { style: `left: ${cssPercent(median)}` }));
  const show = (value) => {
    fill.style.width = cssPercent(value);
  };
  return { part, show };
}
