// The leaderboard: every picture with its place, its score, the margin to the next, and what the other judge says.

import { element, mounter, sheet } from "./dom.js";

const style = await sheet("rank.css");
const NAMES = { judge: "Judge", heldout: "Held-out judge" };
const KINDS = { own: "yours", painted: "made, not photographed" };
const STATES = { none: "Type a prompt, and the judge looks.", waiting: "The judge is looking…", judging: "The judge is looking…" };

class Leaderboard {
  constructor(root) {
    this.note = element("p", { className: "note", role: "status" });
    this.words = element("div", { className: "words", role: "status" });
    this.list = element("ol", { className: "board" });
    root.append(element("div", { className: "rank" }, this.note, this.words, this.list));
  }

  update(data) {
    const text = JSON.stringify(data);
    if (text === this.drawn) return;
    this.drawn = text;
    this.note.textContent = data.status === "failed" ? data.reason : data.note || STATES[data.status] || "";
    this.note.hidden = !this.note.textContent;
    this.words.replaceChildren(...data.words.map((textContent) => element("p", { textContent })));
    this.words.hidden = !data.words.length;
    this.list.setAttribute("aria-label", `Pictures by how well they fit “${data.prompt}”, by the ${NAMES[data.by].toLowerCase()}`);
    if (data.places.length || data.status === "none") this.list.replaceChildren(...data.places.map((place) => line(place, data)));
    this.list.classList.toggle("old", data.status === "waiting" || data.status === "judging");
  }
}

/** One picture. */
function line(place, { by, sheet }) {
  const other = by === "judge" ? "heldout" : "judge";
  const rank = `${place.tied ? "=" : ""}${place.rank}`;
  const kind = KINDS[place.kind];
  const row = element("li", { className: place.rank === 1 ? "first" : "" },
    element("span", { className: "place" }, element("span", { className: "unseen", textContent: place.tied ? "Shared place " : "Place " }), rank),
    picture(place, sheet),
    element("span", { className: "name" }, element("b", { textContent: place.name }), ...(kind ? [element("span", { className: "kind", textContent: kind })] : [])),
    bar(place[by]),
    value(NAMES[by], place[by], "score"),
    element("span", { className: "cell margin" }, element("small", { textContent: "to the next" }), element("b", { textContent: margin(place) })),
    element("span", { className: "cell other" }, element("small", { textContent: NAMES[other] }),
      element("b", { textContent: three(place[other]) }), element("small", { textContent: ` place ${place.other}` })));
  row.dataset.kind = place.kind;
  return row;
}

/** A tile of the sheet, or a file of its own; the name stands beside it. */
function picture({ kind, tile, src }, sheet) {
  const box = element("span", { className: "picture" });
  if (kind !== "scene") {
    box.append(element("img", { src, alt: "", loading: "lazy" }));
    return box;
  }
  const [row, column] = [Math.floor(tile / sheet.columns), tile % sheet.columns];
  box.style.backgroundImage = `url("${sheet.src}")`;
  box.style.backgroundSize = `${100 * sheet.columns}% ${100 * sheet.rows}%`;
  box.style.backgroundPosition = `${(100 * column) / Math.max(1, sheet.columns - 1)}% ${(100 * row) / Math.max(1, sheet.rows - 1)}%`;
  return box;
}

/** The score as a bar from 0; below 0 there is none. */
function bar(score) {
  const fill = element("i");
  fill.style.width = `${100 * Math.min(1, Math.max(0, score))}%`;
  return element("span", { className: "track", "aria-hidden": "true" }, fill);
}

const value = (label, score, name) =>
  element("span", { className: `cell ${name}` }, element("small", { textContent: label }), element("b", { textContent: three(score) }));
const three = (score) => score.toFixed(3).replace(/^-(0\.000)$/, "$1").replace("-", "−");
const margin = ({ margin: gap, tied }) => (gap === null ? "–" : gap === 0 && tied ? "tie" : `+${three(gap)}`);

export default mounter(Leaderboard, style);
