// A visitor's own pictures: what was uploaded, what the judge sees of it, and what was measured.

import { arrange, element, mounter, sheets } from "../shared/dom.js";
import { MEASURES } from "../shared/measures.js";
import { pictureCard } from "./picture-card.js";
import { pictureRow } from "./picture-row.js";

const style = await sheets(import.meta.url, "./your-pictures.css");
const EMPTY = [
  "Add a picture of your own: a photograph, a drawing, a finished painting from this app, or noise.",
  "The judge and the held-out judge say how well it fits the prompt, and realism how much it resembles the " +
    "reference pictures. You don't need a run for this.",
];
const PARTS = ["S", "K", "p"]; // of realism
const TABLE_NOTE =
  "Both judges on the shared scale, 0 unrelated, 1 matching, unless a number says cosine. " +
  "Bold and in colour: below the grey band of real pictures, or above it for the judge.";

class YourPictures {
  constructor(root) {
    this.drawn = new Map(); // id → { text: what it was drawn from, row, card }
    this.note = element("p", { className: "note", role: "status" });
    const empty = EMPTY.map((textContent) => element("p", { textContent }));
    this.empty = element("div", { className: "empty" }, ...empty);
    this.body = element("tbody");
    this.table = this.buildTable();
    this.cards = element("div", { className: "cards" });
    root.append(element("div", { className: "pictures" }, this.note, this.empty, this.table, this.cards));
    this.cards.addEventListener("click", (event) => {
      const pressed = event.target.closest("[data-act=remove]");
      if (pressed) this.act("remove", pressed.closest(".card").dataset.id);
    });
  }

  buildTable() {
    const titles = ["Picture", "Prompt", ...MEASURES.map(({ short }) => short), ...PARTS];
    const heads = titles.map((textContent) => element("th", { scope: "col", textContent }));
    const caption = element("caption", { textContent: TABLE_NOTE });
    return element("table", {}, caption, element("thead", {}, element("tr", {}, ...heads)), this.body);
  }

  update({ note, pictures, base }, act) {
    this.act = act;
    if (this.note.textContent !== note) this.note.textContent = note;
    this.note.hidden = !note;
    this.empty.hidden = pictures.length > 0;
    this.table.hidden = pictures.length < 2;
    const parts = pictures.map((picture) => this.draw(picture, base));
    const shown = new Set(pictures.map(({ id }) => id));
    for (const id of this.drawn.keys()) if (!shown.has(id)) this.drawn.delete(id);
    arrange(
      this.body,
      parts.map(({ row }) => row),
    );
    arrange(
      this.cards,
      parts.map(({ card }) => card),
    );
  }

  /** What was drawn before, if nothing about the picture has changed. */
  draw(picture, base) {
    const text = JSON.stringify(picture);
    const old = this.drawn.get(picture.id);
    if (old?.text === text) return old;
    const made = { text, row: pictureRow(picture, base), card: pictureCard(picture, base) };
    this.drawn.set(picture.id, made);
    return made;
  }
}

export default mounter(YourPictures, style);
