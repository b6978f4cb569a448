// The pictures that were made of codes, side by side, and what their measurements say.

import { drawExact } from "../../shared/canvas.js";
import { element } from "../../shared/dom.js";
import { formatNumber } from "../../shared/format.js";
import { spoken } from "../../shared/measures.js";
import { measuredLine, measuredList } from "../measured-list.js";

const MOST_KEPT = 8;
const NAMES = { none: "As it is", shuffle: "Shuffled", random: "Random codes", "by hand": "By hand" };
const EMPTY =
  "Shuffle the cells, or take codes at random: what you make is kept here beside the original’s own codes.";

/** Pictures of one scene. */
export class Shelf {
  /** @param {Record<string, any>} reference the pack's bands of real pictures by measure */
  constructor(reference) {
    this.reference = reference;
    this.kept = [];
    this.text = element("p", { className: "quiet" });
    this.items = element("div", { className: "items" });
    this.part = element(
      "section",
      { className: "shelf", "aria-label": "What you made" },
      element("h3", { textContent: "Plausible patches, but a plausible picture?" }),
      this.text,
      this.items,
    );
  }

  clear() {
    this.kept = [];
  }

  /** The newest comes first. */
  keep(made) {
    this.kept = [made, ...this.kept.filter((old) => old !== made)].slice(0, MOST_KEPT);
  }

  /**
   * @param {any} base the scene's own codes, if they have come
   * @param {{p95: number} | undefined} spelling how well the book spells real pictures, if that is known
   */
  draw(base, spelling) {
    this.bestSpelt = spelling?.p95 ?? Infinity;
    const shown = [...(base ? [base] : []), ...this.kept];
    this.items.replaceChildren(...shown.map((made) => this.item(made)));
    this.text.textContent = this.kept.length ? this.verdict(Boolean(spelling)) : EMPTY;
  }

  item({ change, figures, picture }) {
    const name = NAMES[change];
    const canvas = element("canvas", { role: "img", "aria-label": `${name}. ${spoken(figures)}` });
    drawExact(canvas, picture);
    const { spelling } = figures;
    const spelt = measuredLine("Spelling", formatNumber(spelling, 1), spelling > this.bestSpelt);
    return element(
      "figure",
      { className: "item" },
      canvas,
      element(
        "div",
        {},
        element("b", { className: "name", textContent: name }),
        measuredList(figures, this.reference, spelt),
      ),
    );
  }

  /** What the measurements say, in words. */
  verdict(speltKnown) {
    const { heldout: judged, realism: real } = this.reference;
    const found = this.kept.map(({ figures }) => figures);
    const share = (test) => shareText(found.filter(test).length, found.length);
    const spelt = share(({ spelling }) => spelling <= this.bestSpelt);
    const recognised = share(({ heldout }) => heldout >= judged.p5);
    const fooled = found.filter(({ heldout, realism }) => heldout < judged.p5 && realism >= real.p5).length;
    return [
      speltKnown &&
        `${spelt} as close to the book as real pictures, which says nothing about the whole: ` +
          "everything here was made from it.",
      `${recognised} recognised by the held-out judge as what the prompt says.`,
      fooled && `Realism accepts ${fooled} that the held-out judge does not recognise.`,
    ]
      .filter(Boolean)
      .join(" ");
  }
}

/** "All 3 are", "1 of 3 is", "None is". */
function shareText(count, total) {
  if (total === 1) return count ? "It is" : "It is not";
  if (!count) return "None is";
  if (count < total) return `${count} of ${total} ${count === 1 ? "is" : "are"}`;
  return total === 2 ? "Both are" : `All ${total} are`;
}
