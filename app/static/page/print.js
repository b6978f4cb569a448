// Printing any page: the style sheet, and which theme the page has, since paper is white either way.

import { sheet } from "../shared/dom.js";

const BLOCKS = "[data-testid=stHorizontalBlock], [data-testid=stColumn], [data-testid=stVerticalBlock]";
const MOST_WHOLE_PX = 700; // as high on the screen: what is higher may be cut between two sheets
const DARK_BELOW = 128; // mean of red, green and blue

document.adoptedStyleSheets = [...document.adoptedStyleSheets, await sheet("./print.css", import.meta.url)];

/** Whether a colour as browsers compute it, "rgb(20, 22, 26)", is dark. */
function isDark(colour) {
  const [red, green, blue] = (colour.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return (red + green + blue) / 3 < DARK_BELOW;
}

/** A row, a column, or a block with a border: what belongs together. */
function isCard(block) {
  return block.dataset.testid !== "stVerticalBlock" || parseFloat(getComputedStyle(block).borderTopWidth) > 0;
}

function prepare() {
  const app = document.querySelector(".stApp");
  if (!app) return;
  for (const block of app.querySelectorAll(BLOCKS)) {
    block.toggleAttribute("data-print-whole", isCard(block) && block.offsetHeight < MOST_WHOLE_PX);
  }
  const dark = isDark(getComputedStyle(app).backgroundColor);
  document.documentElement.dataset.printFrom = dark ? "dark" : "light";
}

addEventListener("beforeprint", prepare);
