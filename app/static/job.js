// A computation of the painter process: asked for by the page, watched here until it is done. And strips of pictures.

import { element } from "./dom.js";

const POLL_MS = 150;

export class Job {
  /** onDone(result, address of its pictures) is called once for each job that is done. */
  constructor(onDone) {
    this.onDone = onDone;
    this.bar = element("progress", { max: 1, value: 0, "aria-label": "How far it is" });
    this.words = element("span");
    this.part = element("p", { className: "note row", role: "status", hidden: true }, this.words, this.bar);
  }

  /** Show this job from now on. `asked` grows with every wish, since the same may be wished again; `refused` is why not. */
  watch(base, id, { asked = 0, refused = "" } = {}) {
    if (refused) return this.say(refused, true);
    if (id === this.id && asked === this.asked) return undefined;
    Object.assign(this, { base, id, asked });
    clearTimeout(this.timer);
    return this.poll();
  }

  stop() {
    this.id = undefined;
    clearTimeout(this.timer);
  }

  async poll() {
    const { base, id } = this;
    try {
      const answer = await fetch(`${base}/lessons/${id}.json`, { cache: "no-store" });
      const state = answer.ok ? await answer.json() : { status: "failed", reason: await answer.text() };
      if (id !== this.id) return;
      this.take(state);
      if (state.status === "done" || state.status === "failed") return;
    } catch (error) {
      if (id !== this.id) return;
      console.warn("The computation could not be asked for; trying again.", error);
    }
    this.timer = setTimeout(() => this.poll(), POLL_MS);
  }

  take({ status, reason, share, note, result }) {
    if (status === "done") {
      this.say("");
      this.onDone(result, `${this.base}/lessons/${this.id}`);
    } else if (status === "failed") this.say(reason, true);
    else this.say(status === "waiting" ? note || "Waiting for the painter process." : "The painter process is computing it.", false, share);
  }

  say(text, bad = false, share = undefined) {
    this.part.hidden = !text;
    this.part.dataset.bad = String(bad);
    if (this.words.textContent !== (text ?? "")) this.words.textContent = text ?? "";
    this.bar.hidden = share === undefined;
    if (share !== undefined) this.bar.value = share;
  }
}

/** A picture by its address, decoded. */
export async function bitmap(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: status ${answer.status}`);
  return createImageBitmap(await answer.blob());
}

/** Draw the square tile number `index` of a strip. */
export function tile(canvas, strip, index) {
  const side = strip.height;
  if (canvas.width !== side) Object.assign(canvas, { width: side, height: side });
  canvas.getContext("2d").drawImage(strip, index * side, 0, side, side, 0, 0, side, side);
}

/** Buttons of which one is pressed: choices is [{key, text}]. */
export function choice(label, choices, onChoose) {
  const buttons = choices.map(({ key, text }) => {
    const button = element("button", { type: "button", textContent: text });
    button.dataset.key = key;
    button.addEventListener("click", () => onChoose(key));
    return button;
  });
  const part = element("div", { className: "row", role: "group", "aria-label": label }, ...buttons);
  part.press = (key) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.key === key)));
  return part;
}
