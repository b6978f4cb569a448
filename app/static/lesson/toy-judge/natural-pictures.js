// The natural pictures of the toy's world; each may be taken as a start.

import { button, element } from "../../shared/dom.js";
import { cssGrey, formatNumber } from "../../shared/format.js";
import { toyScore } from "./toy-arithmetic.js";

/** All of them, with a mark on the one that is nearest. */
export class NaturalPictures {
  /**
   * @param {{name: string, pixels: number[]}[]} pictures
   * @param {(pixels: number[]) => void} onStart a climb is to start from these
   */
  constructor(pictures, onStart) {
    const scores = pictures.map(({ pixels }) => toyScore(pixels));
    this.scoreRange = [Math.min(...scores), Math.max(...scores)];
    this.cards = pictures.map((picture, i) => card(picture, formatNumber(scores[i]), onStart));
    this.part = element(
      "section",
      { className: "world", "aria-label": "Natural pictures of this world" },
      element("h4", { textContent: "What pictures of this world look like" }),
      element("div", { className: "cards" }, ...this.cards.map(({ part }) => part)),
    );
  }

  /** @param {string} name of the nearest */
  mark(name) {
    for (const one of this.cards) one.near.hidden = one.name !== name;
  }
}

function card({ name, pixels }, score, onStart) {
  const cells = pixels.map((value) => {
    const cell = element("i");
    cell.style.background = cssGrey(value);
    return cell;
  });
  const near = element("span", { className: "near", textContent: "nearest", hidden: true });
  const label = `Start from ${name}: score ${score}`;
  const part = button("", () => onStart(pixels), { className: "card printed", "aria-label": label });
  part.append(
    element("span", { className: "swatch", "aria-hidden": "true" }, ...cells),
    element("b", { textContent: name }),
    element("span", { className: "quiet", textContent: `score ${score}` }),
    near,
  );
  return { name, near, part };
}
