// One of a visitor's pictures as a row of the table that compares them.

import { element } from "../shared/dom.js";
import { formatNumber } from "../shared/format.js";
import { isOutside } from "../shared/measures.js";

const PARTS = ["statistics", "manifold", "p_value"];
const MEASURED_COLUMNS = 6;

/**
 * @param {any} picture what the page says of it
 * @param {string} base
 */
export function pictureRow(picture, base) {
  const name = element("a", { href: `#${picture.id}`, textContent: picture.name });
  name.addEventListener("click", goToCard);
  const image = element("img", { src: `${base}/pictures/${picture.id}/seen.png`, alt: "", loading: "lazy" });
  return element(
    "tr",
    { "data-id": picture.id },
    element("th", { scope: "row" }, element("span", {}, image, name)),
    element("td", { textContent: `“${picture.prompt}”` }),
    ...measuredCells(picture),
  );
}

/** The card stands in the same component, which the browser's own links do not look into. */
function goToCard(event) {
  event.preventDefault();
  const id = event.target.getAttribute("href").slice(1);
  const card = event.target.getRootNode().getElementById(id);
  card.scrollIntoView({ block: "start" });
  card.focus();
}

function measuredCells({ marks, parts, status }) {
  if (!marks) {
    const textContent = status === "failed" ? "not measured" : "measuring…";
    return [element("td", { colSpan: MEASURED_COLUMNS, textContent })];
  }
  const values = [...marks, ...PARTS.map((key) => parts.find((part) => part.key === key))];
  return values.map((one) => {
    const outside = isOutside(one?.value, { p5: one?.low, p95: one?.high }, one?.key === "score");
    const className = outside ? "outside" : "";
    const scale = one?.shared === false ? " cosine" : "";
    return element("td", { className, textContent: `${formatNumber(one?.value)}${scale}` });
  });
}
