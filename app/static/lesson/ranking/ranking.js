// The leaderboard: every picture with its place, its score, the margin to the next, and what the other judge
// says.

import { element, mounter, sheets } from "../../shared/dom.js";
import { formatNumber } from "../../shared/format.js";
import { plainBar } from "../../shared/meter.js";

const style = await sheets(import.meta.url, "./ranking.css");
const DIGITS = 3;
const JUDGES = { judge: "Judge", heldout: "Held-out judge" };
const KINDS = { own: "yours", painted: "painted, not real" };
const STATES = {
  none: "Type a prompt, and the judge will look.",
  waiting: "The judge is looking…",
  working: "The judge is looking…",
};

class Leaderboard {
  constructor(root) {
    this.note = element("p", { className: "note", role: "status" });
    this.words = element("div", { className: "words", role: "status" });
    this.scale = element("p", { className: "scale quiet" });
    this.list = element("ol", { className: "board" });
    root.append(element("div", { className: "rank" }, this.note, this.words, this.scale, this.list));
  }

  update(data) {
    const text = JSON.stringify(data);
    if (text === this.drawn) return;
    this.drawn = text;
    const { status, reason, note, words, places, prompt, by, scale } = data;
    this.note.textContent = status === "failed" ? reason : note || STATES[status] || "";
    this.note.hidden = !this.note.textContent;
    this.words.replaceChildren(...words.map((textContent) => element("p", { textContent })));
    this.words.hidden = !words.length;
    this.scale.textContent = places.length ? `Both judges: ${scale}.` : "";
    const judge = JUDGES[by].toLowerCase();
    this.list.setAttribute("aria-label", `Pictures by how well they fit “${prompt}”, by the ${judge}`);
    if (places.length || status === "none")
      this.list.replaceChildren(...places.map((one) => place(one, data)));
    this.list.classList.toggle("old", status === "waiting" || status === "working");
  }
}

/** One picture. */
function place(one, { by, sheet }) {
  const other = by === "judge" ? "heldout" : "judge";
  const spoken = element("span", {
    className: "spoken",
    textContent: one.tied ? "Tied for place " : "Place ",
  });
  const bar = plainBar();
  bar.show(one[by]);
  const line = element(
    "li",
    { className: one.rank === 1 ? "first" : "" },
    element("span", { className: "place" }, spoken, `${one.tied ? "=" : ""}${one.rank}`),
    picture(one, sheet),
    nameOf(one),
    bar.part,
    cell("score", JUDGES[by], formatNumber(one[by], DIGITS)),
    cell("margin", "to the next", marginText(one)),
    cell("other", JUDGES[other], formatNumber(one[other], DIGITS), ` place ${one.other}`),
  );
  line.dataset.kind = one.kind;
  return line;
}

function nameOf({ name, kind }) {
  const words = KINDS[kind];
  const kindPart = words ? [element("span", { className: "kind", textContent: words })] : [];
  return element("span", { className: "name" }, element("b", { textContent: name }), ...kindPart);
}

function cell(className, label, value, more = "") {
  const after = more ? [element("small", { textContent: more })] : [];
  return element(
    "span",
    { className: `cell ${className}` },
    element("small", { textContent: label }),
    element("b", { textContent: value }),
    ...after,
  );
}

/** A tile of the sheet, or a file of its own; the name stands beside it. */
function picture({ kind, tile, src }, sheet) {
  const box = element("span", { className: "picture" });
  if (kind !== "scene") {
    box.append(element("img", { src, alt: "", loading: "lazy" }));
    return box;
  }
  const { columns, rows } = sheet;
  const along = (at, count) => `${(100 * at) / Math.max(1, count - 1)}%`;
  const column = along(tile % columns, columns);
  const row = along(Math.floor(tile / columns), rows);
  box.style.backgroundImage = `url("${sheet.src}")`;
  box.style.backgroundSize = `${100 * columns}% ${100 * rows}%`;
  box.style.backgroundPosition = `${column} ${row}`;
  return box;
}

function marginText({ margin, tied }) {
  if (margin === null) return "–";
  return margin === 0 && tied ? "tie" : `+${formatNumber(margin, DIGITS)}`;
}

export default mounter(Leaderboard, style);
