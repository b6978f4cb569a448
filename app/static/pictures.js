// A visitor's own pictures: what was uploaded, what the judge sees of it, and what was measured.

import { element, mounter, sheet } from "./dom.js";
import { figure } from "./format.js";

const style = await sheet("pictures.css");
const EMPTY = [
  "Bring a picture of your own: a photograph, a drawing, a finished painting of this app, noise.",
  "The judge and the held-out judge say how well it fits the prompt, and realism how much it resembles the reference photographs. None of this needs a run.",
];

class Pictures {
  constructor(root) {
    this.drawn = new Map(); // id → { text: what it was drawn from, row, card }
    this.note = element("p", { className: "note", role: "status" });
    this.empty = element("div", { className: "empty" }, ...EMPTY.map((text) => element("p", { textContent: text })));
    this.body = element("tbody");
    this.table = element("table", {},
      element("caption", { textContent: "Bold: lower than 95 in 100 reference photographs" }),
      element("thead", {}, element("tr", {}, ...["Picture", "Prompt", "Judge", "Held-out", "Realism", "S", "K", "p"].map((text) => element("th", { scope: "col", textContent: text })))),
      this.body);
    this.cards = element("div", { className: "cards" });
    root.append(element("div", { className: "pictures" }, this.note, this.empty, this.table, this.cards));
    this.cards.addEventListener("click", (event) => {
      const pressed = event.target.closest("[data-act=remove]");
      if (pressed) this.act("remove", pressed.closest(".card").dataset.id);
    });
  }

  update(data, act) {
    this.act = act;
    this.note.textContent = data.note;
    this.note.hidden = !data.note;
    this.empty.hidden = data.pictures.length > 0;
    this.table.hidden = data.pictures.length < 2;
    const nodes = data.pictures.map((picture) => this.draw(picture, data.base));
    for (const id of this.drawn.keys()) if (!data.pictures.some((picture) => picture.id === id)) this.drawn.delete(id);
    place(this.body, nodes.map(({ row }) => row));
    place(this.cards, nodes.map(({ card }) => card));
  }

  draw(picture, base) {
    const text = JSON.stringify(picture);
    const old = this.drawn.get(picture.id);
    if (old?.text === text) return old;
    const made = { text, row: drawRow(picture, base), card: drawCard(picture, base) };
    this.drawn.set(picture.id, made);
    return made;
  }
}

/** Children in this order, untouched if they are there already. */
function place(parent, nodes) {
  if (nodes.length === parent.children.length && nodes.every((node, i) => node === parent.children[i])) return;
  parent.replaceChildren(...nodes);
}

const image = (picture, base, file, alt) => element("img", { src: `${base}/pictures/${picture.id}/${file}`, alt, loading: "lazy" });
const failed = ({ status }) => status === "failed";

function drawRow(picture, base) {
  const name = element("a", { href: `#${picture.id}`, textContent: picture.name });
  name.addEventListener("click", (event) => {
    event.preventDefault();
    const card = event.target.getRootNode().getElementById(picture.id);
    card.scrollIntoView({ block: "start" });
    card.focus();
  });
  const cells = picture.marks
    ? [...picture.marks, ...["statistics", "manifold", "p_value"].map((key) => picture.parts.find((part) => part.key === key))]
      .map((mark) => element("td", { className: mark && mark.value < mark.low ? "low" : "", textContent: mark ? figure(mark.value) : "–" }))
    : [element("td", { colSpan: 6, textContent: failed(picture) ? "not measured" : "measuring…" })];
  return element("tr", { "data-id": picture.id },
    element("th", { scope: "row" }, element("span", {}, image(picture, base, "seen.png", ""), name)), element("td", { textContent: `“${picture.prompt}”` }), ...cells);
}

function drawCard(picture, base) {
  const { id, name, prompt, width, height, size, status } = picture;
  const remove = element("button", { type: "button", textContent: "✕", title: "Remove this picture now", "aria-label": `Remove ${name} now`, "data-act": "remove" });
  const enlarged = Math.min(width, height) < size;
  const scaled = `the middle square, ${enlarged ? "enlarged" : "scaled"} to ${size} × ${size}${enlarged ? ", which costs realism" : ""}`;
  const seen = width === size && height === size ? "the same" : scaled;
  const figures = (picture.marks ?? []).map(({ label, value }) => `${label} ${figure(value)}`).join(", ");
  const body = picture.marks
    ? [element("div", { className: "marks" }, ...picture.marks.map(bar)),
      element("details", {}, element("summary", { textContent: "What realism consists of" }), element("div", { className: "parts" }, ...picture.parts.map(bar)))]
    : [element("p", { className: failed(picture) ? "why" : "busy", textContent: failed(picture) ? picture.reason : "The judge is looking at it…" })];
  return element("article", { className: "card", id, "data-id": id, "data-status": status, tabIndex: -1 },
    element("header", {}, element("h3", { textContent: name, title: name }), element("span", { className: "prompt", textContent: `against “${prompt}”` }), remove),
    element("figure", { className: "whole" }, image(picture, base, "whole.webp", `${name} as uploaded`), element("figcaption", { textContent: `Uploaded: ${width} × ${height}` })),
    element("figure", { className: "seen" }, image(picture, base, "seen.png", `What the judge sees of ${name}. ${figures}`), element("figcaption", { textContent: `What the judge sees: ${seen}` })),
    element("div", { className: "measured" }, ...body),
    ...(picture.words ? [element("div", { className: "words" }, ...picture.words.map((text) => element("p", { textContent: text })))] : []));
}

/** One figure as a dot on 0 … 1, with the band where real photographs lie, if that was measured. */
function bar({ label, help, value, low, mid, high }) {
  const place = (x) => `${100 * Math.min(1, Math.max(0, x))}%`;
  const real = [];
  if (low !== undefined) {
    const band = element("i", { className: "band" });
    band.style.left = place(low);
    band.style.width = `${100 * (Math.min(1, high) - Math.max(0, low))}%`;
    const median = element("i", { className: "median" });
    median.style.left = place(mid);
    real.push(band, median);
  }
  const dot = element("i", { className: "dot" });
  dot.style.left = place(value);
  const said = `${label}: ${figure(value)}${real.length ? `; real photographs ${figure(low)} to ${figure(high)}` : ""}`;
  return element("div", { className: "bar", "data-outside": value < low || value > high },
    element("span", { className: "label" }, element("b", { textContent: label }), element("span", { textContent: help })),
    element("span", { className: "value", textContent: figure(value) }),
    element("span", { className: "track", role: "img", "aria-label": said, title: said }, ...real, dot));
}

export default mounter(Pictures, style);
