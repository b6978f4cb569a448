// The gallery: one card per run. Which runs to show comes from the page; the choice of two to compare is made
// here.

import { arrange, button, element, mounter, sheets } from "../shared/dom.js";
import { counted, formatBytes } from "../shared/format.js";
import { term } from "../shared/glossary.js";
import { runCard } from "./run-card.js";

const MOST_CHOSEN = 2;
const TERMS = ["score", "heldout", "realism"]; // what stands on the cards
const NEARLY_FULL = 0.9; // of the space for pictures
const style = await sheets(import.meta.url, "./gallery.css");

class Gallery {
  constructor(root) {
    this.cards = new Map(); // id → { text: what it was drawn from, node }
    this.chosen = new Map(); // id → prompt, of at most two runs, in the order they were chosen
    this.head = element("p", { className: "head quiet" });
    const terms = element("p", { className: "glossary" }, ...TERMS.map((key) => term(key)));
    this.news = element("p", { className: "note", role: "status" });
    this.undo = element("div", { className: "undo", role: "status" });
    this.grid = element("div", { className: "grid" });
    this.chosenText = element("span", { className: "cut", role: "status" });
    this.compare = button("Compare the two", () => this.act("compare", this.chosenIds().join(" ")), {
      className: "go",
    });
    const clear = button("Clear", () => this.clear());
    this.tray = element("div", { className: "tray", hidden: true }, this.chosenText, this.compare, clear);
    root.append(
      element("div", { className: "gallery" }, this.head, terms, this.news, this.undo, this.grid, this.tray),
    );
    this.grid.addEventListener("click", (event) => this.pressed(event));
  }

  update(data, act) {
    this.data = data;
    this.act = act;
    this.describe();
    this.drawUndo();
    this.drawCards();
    this.drawTray();
  }

  describe() {
    const { matching, filtered, disk } = this.data;
    const found = `${counted(matching, "run")}${filtered ? " found" : ""}`;
    const space = `the pictures of all runs use ${formatBytes(disk.bytes)} of ${formatBytes(disk.cap)}`;
    const named = this.data.cards.map((card) => card.scale).find((name) => name !== "cosine");
    setText(this.head, [found, space, ...(named ? [`judges: ${named}`] : [])].join(" · "));
    setText(this.news, [spaceNews(disk), this.emptyNews()].filter(Boolean).join(" "));
    this.news.hidden = !this.news.textContent;
  }

  emptyNews() {
    if (this.data.cards.length) return "";
    if (this.data.filtered) return "No run matches. Try fewer words or other filters.";
    return "There are no runs yet. Press Run on the Compare page.";
  }

  drawUndo() {
    const { deleted } = this.data;
    const text = JSON.stringify(deleted);
    if (text === this.undoDrawn) return;
    const before = this.undoDrawn && JSON.parse(this.undoDrawn);
    const fresh = before && deleted[0]?.id !== before[0]?.id;
    this.undoDrawn = text;
    this.undo.replaceChildren(...deleted.map((run) => this.undoLine(run)));
    // The pressed button went with its card.
    if (fresh && this.focusLost) this.undo.querySelector("button")?.focus();
    this.focusLost = false;
  }

  undoLine({ id, prompt }) {
    const back = button("Undo", () => this.act("restore", id), { label: `Undo: bring back “${prompt}”` });
    return element("p", {}, element("span", { className: "cut", textContent: `Deleted “${prompt}”.` }), back);
  }

  drawCards() {
    const focus = this.grid.getRootNode().activeElement?.closest?.("[data-act]");
    const run = focus?.closest(".card")?.dataset.id;
    const nodes = this.data.cards.map((card) => this.card(card));
    const shown = new Set(this.data.cards.map(({ id }) => id));
    for (const id of this.cards.keys()) if (!shown.has(id)) this.cards.delete(id);
    if (arrange(this.grid, nodes) && run) this.focusAgain(run, focus.dataset.act.replace(/^un/, ""));
  }

  /** A new card has the button that was pressed, or its opposite. */
  focusAgain(run, act) {
    this.cards.get(run)?.node.querySelector(`[data-act=${act}], [data-act=un${act}]`)?.focus();
  }

  /** The card of a run, the old one if nothing about it has changed. */
  card(run) {
    const text = JSON.stringify(run);
    const old = this.cards.get(run.id);
    if (old?.text === text) return old.node;
    const node = runCard(run, this.data);
    this.cards.set(run.id, { text, node });
    this.showChosen(run.id);
    return node;
  }

  pressed(event) {
    const target = event.target.closest("[data-act]");
    // A link may be opened in another tab.
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { id } = target.closest(".card").dataset;
    const { act } = target.dataset;
    if (act === "choose") {
      this.choose(id);
      return;
    }
    this.focusLost = act === "delete";
    this.act(act, id);
  }

  chosenIds() {
    return [...this.chosen.keys()];
  }

  /** Choose a run, or no longer; a third one takes the place of the second. */
  choose(id) {
    if (!this.chosen.delete(id)) {
      if (this.chosen.size === MOST_CHOSEN) this.chosen.delete(this.chosenIds().at(-1));
      this.chosen.set(id, this.data.cards.find((run) => run.id === id).prompt);
    }
    this.drawChoice();
  }

  clear() {
    this.chosen.clear();
    this.drawChoice();
  }

  drawChoice() {
    for (const id of this.cards.keys()) this.showChosen(id);
    this.drawTray();
  }

  showChosen(id) {
    const choose = this.cards.get(id).node.querySelector("[data-act=choose]");
    choose.setAttribute("aria-pressed", String(this.chosen.has(id)));
  }

  drawTray() {
    const names = [...this.chosen.values()].map((prompt) => `“${prompt}”`);
    const both = names.length === MOST_CHOSEN;
    this.tray.hidden = !names.length;
    this.compare.hidden = !both;
    setText(
      this.chosenText,
      both ? `A: ${names[0]}  B: ${names[1]}` : `A: ${names[0]}. Choose a second run.`,
    );
  }
}

/** A text that is the same stays untouched: a screen reader would say it again. */
function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function spaceNews({ bytes, cap, removed }) {
  if (removed) {
    const runs = `${removed} older ${removed === 1 ? "run was" : "runs were"} removed in the last 24 hours`;
    return `${runs} to stay below ${formatBytes(cap)}. Starred runs are never removed.`;
  }
  const full = bytes > NEARLY_FULL * cap;
  return full ? "Space is nearly used up: the oldest runs without a star will be removed next." : "";
}

export default mounter(Gallery, style);
