// One giant leap against many small repairs: pictures and measurements for every number of steps.

import { drawTile } from "../../shared/canvas.js";
import { element } from "../../shared/dom.js";
import { formatNumber } from "../../shared/format.js";
import { spoken } from "../../shared/measures.js";
import { measuredList } from "../measured-list.js";

/** The third part of the page. */
export class GiantLeaps {
  /**
   * @param {Record<string, string>} titles of the lanes
   * @param {Record<string, any>} reference the pack's bands of real pictures by measure
   */
  constructor(titles, reference) {
    this.titles = titles;
    this.reference = reference;
    this.shelf = element("div", { className: "shelf" });
    this.text = element("p", { className: "quiet" });
    this.part = element(
      "section",
      { className: "leaps", "aria-label": "One giant leap against many small repairs" },
      element("h3", { textContent: "3 · One giant leap, or many small repairs" }),
      this.text,
      this.shelf,
    );
  }

  /**
   * @param {any} result of the computation
   * @param {Record<string, ImageBitmap>} strips the last pictures, by lane
   */
  show({ leaps, leap_figures: found }, strips) {
    this.text.textContent = story(leaps, found);
    const groups = Object.entries(this.titles).map(([lane, title]) => {
      const strip = strips[`${lane}-leaps`];
      const pictures = leaps.map((count, i) => this.leap(title, count, strip, i, found[lane][i]));
      return element("div", { className: "group" }, element("h4", { textContent: title }), ...pictures);
    });
    this.shelf.replaceChildren(...groups);
  }

  leap(title, count, strip, index, measurement) {
    const name = count === 1 ? "1 giant leap" : `${count} repairs`;
    const canvas = element("canvas", {
      role: "img",
      "aria-label": `${title}, ${name}. ${spoken(measurement)}`,
    });
    drawTile(canvas, strip, index);
    const caption = element("figcaption", {}, element("b", { textContent: name }));
    return element("figure", {}, canvas, caption, measuredList(measurement, this.reference));
  }
}

/** Where more than half of the gain in realism comes from; "" if nowhere. */
function mostOfThat(leaps, figures) {
  const gains = figures.slice(1).map(({ realism }, i) => realism - figures[i].realism);
  const most = Math.max(...gains);
  const all = figures.at(-1).realism - figures[0].realism;
  return all > 0 && most > all / 2 ? `; ${leaps[gains.indexOf(most) + 1]} repairs bring most of that` : "";
}

/** What the numbers say. */
function story(leaps, { off: alone, on: nudged }) {
  const first = alone[0];
  const last = alone.at(-1);
  const change = (measure, from, to) => `${formatNumber(from[measure])} to ${formatNumber(to[measure])}`;
  const nudge = (measure) => change(measure, last, nudged.at(-1));
  return (
    "All start from the same noise. One leap is the denoiser’s first guess. " +
    `With more repairs, realism goes from ${change("realism", first, last)}${mostOfThat(leaps, alone)}. ` +
    `After ${leaps.at(-1)} repairs, the nudge has moved the judge from ` +
    `${nudge("score")}, the held-out judge from ${nudge("heldout")}, realism from ${nudge("realism")}.`
  );
}
