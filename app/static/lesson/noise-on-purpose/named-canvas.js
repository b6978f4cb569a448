// A picture with its name below.

import { element } from "../../shared/dom.js";

/**
 * @param {string} name
 * @param {string} [text] what else is said below it
 * @returns {{canvas: HTMLCanvasElement, part: HTMLElement}}
 */
export function namedCanvas(name, text = "") {
  const canvas = element("canvas", { role: "img", "aria-label": name });
  const caption = element("figcaption", {}, element("b", { textContent: name }), ` ${text}`);
  return { canvas, part: element("figure", {}, canvas, caption) };
}
