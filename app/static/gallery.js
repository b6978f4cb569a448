// The gallery: one card per run. Which runs to show comes from the page; the choice of two to compare is made here.

import { element, mounter, sheet } from "./dom.js";
import { figure } from "./format.js";

const FIGURES = ["Judge", "Held-out"]; // and realism, under the name that the server gives it
const WORDS = { queued: "Waiting", running: "Running", done: "Done", stopped: "Stopped", failed: "Failed", interrupted: "Interrupted" };
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const style = await sheet("gallery.css");

class Gallery {
  constructor(root) {
    this.cards = new Map(); // id → { text: what it was drawn from, node }
    this.chosen = new Map(); // id → prompt, of at most two runs, in the order they were chosen
    this.head = element("p", { className: "head" });
    this.news = element("p", { className: "news", role: "status" });
    this.undo = element("div", { className: "undo", role: "status" });
    this.grid = element("div", { className: "grid" });
    this.tray = element("div", { className: "tray", role: "status", hidden: true });
    root.append(element("div", { className: "gallery" }, this.head, this.news, this.undo, this.grid, this.tray));
    this.grid.addEventListener("click", (event) => this.clicked(event));
  }

  update(data, act) {
    Object.assign(this, { data, act });
    this.describe();
    this.drawUndo();
    this.drawCards();
    this.drawTray();
  }

  describe() {
    const { matching, filtered, disk, cards } = this.data;
    const runs = `${matching} ${matching === 1 ? "run" : "runs"}`;
    this.head.textContent = `${runs}${filtered ? " found" : ""} · the pictures of all runs take ${bytes(disk.bytes)} of ${bytes(disk.cap)}`;
    const gone = disk.removed && `${disk.removed} older ${disk.removed === 1 ? "run was" : "runs were"} removed in the last 24 hours to stay below ${bytes(disk.cap)}. Starred runs are never removed.`;
    const near = disk.bytes > 0.9 * disk.cap && "The space is nearly used up: the oldest runs without a star are removed next.";
    const empty = !cards.length && (filtered ? "No run matches. Try fewer words, or other filters." : "There are no runs yet. Press Run on the Compare page.");
    this.news.textContent = [gone, !gone && near, empty].filter(Boolean).join(" ");
    this.news.hidden = !this.news.textContent;
  }

  drawUndo() {
    const text = JSON.stringify(this.data.deleted);
    if (text === this.undone) return;
    const first = this.undone !== undefined && this.data.deleted[0]?.id !== JSON.parse(this.undone)[0]?.id;
    this.undone = text;
    this.undo.replaceChildren(...this.data.deleted.map(({ id, prompt }) => {
      const button = element("button", { type: "button", textContent: "Undo", "aria-label": `Undo: bring back “${prompt}”` });
      button.addEventListener("click", () => this.act("restore", id));
      return element("p", {}, element("span", { textContent: `Deleted “${prompt}”.` }), button);
    }));
    if (first && this.lost) this.undo.querySelector("button")?.focus(); // the pressed button went with its card
    this.lost = false;
  }

  drawCards() {
    const focus = this.grid.getRootNode().activeElement?.closest?.("[data-act]");
    const held = focus && [focus.closest(".card")?.dataset.id, focus.dataset.act];
    const nodes = this.data.cards.map((run) => this.card(run));
    for (const id of this.cards.keys()) if (!this.data.cards.some((run) => run.id === id)) this.cards.delete(id);
    const same = nodes.length === this.grid.children.length && nodes.every((node, i) => node === this.grid.children[i]);
    if (same) return;
    this.grid.replaceChildren(...nodes);
    if (held) this.cards.get(held[0])?.node.querySelector(`[data-act=${held[1]}], [data-act=un${held[1]}], [data-act=${held[1].replace(/^un/, "")}]`)?.focus();
  }

  /** The card of a run, the old one if nothing about it has changed. */
  card(run) {
    const text = JSON.stringify(run);
    const old = this.cards.get(run.id);
    if (old?.text === text) return old.node;
    const node = drawCard(run, this.data);
    node.querySelector("[data-act=choose]").setAttribute("aria-pressed", this.chosen.has(run.id));
    this.cards.set(run.id, { text, node });
    return node;
  }

  clicked(event) {
    const pressed = event.target.closest("[data-act]");
    if (!pressed || event.ctrlKey || event.metaKey || event.shiftKey) return; // a link may be opened in another tab
    event.preventDefault();
    const { id } = pressed.closest(".card").dataset;
    const act = pressed.dataset.act;
    if (act === "choose") return this.choose(id);
    this.lost = act === "delete";
    this.act(act, id);
  }

  choose(id) {
    if (!this.chosen.delete(id)) {
      if (this.chosen.size === 2) this.chosen.delete([...this.chosen.keys()][1]);
      this.chosen.set(id, this.data.cards.find((run) => run.id === id).prompt);
    }
    for (const [key, { node }] of this.cards) node.querySelector("[data-act=choose]").setAttribute("aria-pressed", this.chosen.has(key));
    this.drawTray();
  }

  drawTray() {
    const names = [...this.chosen.values()].map((prompt) => `“${prompt}”`);
    this.tray.hidden = !names.length;
    const go = element("button", { type: "button", className: "go", textContent: "Compare the two" });
    go.addEventListener("click", () => this.act("compare", [...this.chosen.keys()].join(" ")));
    const clear = element("button", { type: "button", textContent: "Clear" });
    clear.addEventListener("click", () => { this.chosen.clear(); this.refresh(); });
    const text = names.length === 2 ? `A: ${names[0]}  B: ${names[1]}` : `A: ${names[0]}. Choose a second run.`;
    this.tray.replaceChildren(element("span", { textContent: text }), ...(names.length === 2 ? [go] : []), clear);
  }

  refresh() {
    for (const { node } of this.cards.values()) node.querySelector("[data-act=choose]").setAttribute("aria-pressed", "false");
    this.drawTray();
  }
}

function drawCard(run, { base, marks }) {
  const address = `${base}/?run=${run.id}`;
  const chip = run.example ? "Example" : `${WORDS[run.status]}${run.status !== "running" ? "" : ` ${Math.round(100 * run.share)} %`}`;
  const buttons = [button("choose", "Compare", `Choose “${run.prompt}” to compare it`, false)];
  if (run.mine) {
    buttons.push(button(run.starred ? "unstar" : "star", run.starred ? "★" : "☆", run.starred ? "Take the star away" : "Star this run: it is never removed", run.starred));
    const active = run.status === "queued" || run.status === "running";
    const remove = button("delete", "✕", active ? "Cancel this run before you delete it" : "Delete this run");
    remove.disabled = active;
    buttons.push(remove);
  } else if (run.starred) {
    buttons.push(element("span", { className: "star", role: "img", "aria-label": "Starred by whoever started it", title: "Starred by whoever started it", textContent: "★" }));
  }
  const size = run.bytes ? ` · ${bytes(run.bytes)}` : "";
  return element("article", { className: "card", "data-id": run.id, "data-status": run.status },
    element("h3", {}, element("a", { href: address, "data-act": "open", textContent: run.prompt, title: run.prompt })),
    element("span", { className: "chip", textContent: chip, title: run.reason }),
    element("p", { className: "meta" }, element("time", { textContent: DATE.format(1000 * run.created) }), ` · seed ${run.seed}${size}`),
    element("a", { className: "pictures", href: address, "data-act": "open", tabIndex: -1 },
      ...(run.painters.length ? run.painters.map((painter) => picture(run, painter, marks[painter.name], base)) : [element("span", { className: "none", textContent: run.reason || "No picture yet" })])),
    element("div", { className: "buttons" }, ...buttons));
}

function picture(run, { name, step, figures, kept, realism }, mark, base) {
  const labels = [...FIGURES, realism];
  const said = labels.map((label, i) => `${label} ${figure(figures[i])}`).join(", ");
  const image = !kept ? element("span", { className: "lacking", textContent: "picture not kept" }) : element("img", {
    src: `${base}/thumbnails/${run.id}/${name}/${step}.webp`, loading: "lazy", decoding: "async", width: 128, height: 128,
    alt: `${mark.label} on “${run.prompt}”, step ${step}: ${said}`,
  });
  const sign = element("span", { className: "sign", textContent: mark.symbol, "aria-hidden": "true" });
  sign.style.color = mark.colour;
  return element("span", { className: "picture" },
    image,
    element("span", { className: "name" }, sign, mark.label),
    ...labels.map((label, i) => element("span", { className: "figure" }, element("span", { textContent: label }), element("b", { textContent: figure(figures[i]) }))));
}

function button(act, text, label, pressed) {
  const made = element("button", { type: "button", textContent: text, title: label, "aria-label": label, "data-act": act });
  if (pressed !== undefined) made.setAttribute("aria-pressed", pressed);
  return made;
}

function bytes(n) {
  if (n >= 1e9) return `${(n / 1e9).toFixed(1).replace(/\.0$/, "")} GB`;
  return n >= 1e6 ? `${Math.round(n / 1e6)} MB` : `${Math.ceil(n / 1e3)} kB`;
}

export default mounter(Gallery, style);
