// A tour of the Compare page for a first visit: a line of text above the player and a ring around what it speaks of.
// It takes no focus and covers nothing. Escape skips it, and this browser remembers.

import { element, sheet } from "./dom.js";

const style = await sheet("tour.css");
const KEY = "ctjp-tour";
const AGAIN = "tour";
const STEPS = [
  ["[data-testid=stSidebar] [data-testid=stTextInput]", "One prompt, one judge.",
    "A CLIP model, the judge, scores how well a picture fits this sentence. What you see was computed in advance; Run paints another."],
  [".panels", "Three painters climb its score.",
    "They differ only in what stands between the judge's gradient and the picture: nothing, a codebook of patches, a denoiser."],
  [".panel .figures", "A score is not a picture.",
    "The judge is what they climb. The held-out judge and realism look on, and no painter ever sees them."],
  [".controls", "One slider moves everything.",
    "Space plays, arrows step. Pictures, figures and curves show the same moment; ◆ marks where a painter goes wrong."],
  [".chart.plane", "The story in one chart.",
    "To the right the judge is pleased, to the top the picture resembles photographs. The grey box is where real ones lie."],
  [".words", "What it says in words.",
    "Change a setting beside a painter's switch and press Run, or go on under Lesson, in the line at the top: it begins with four pixels."],
];
const OPEN = "[role=dialog], [data-testid=stPopoverBody]"; // Escape closes these first
const tours = new WeakMap();

/** Streamlit calls this on mounting and at every rerun of the page. */
export default function mount({ parentElement }) {
  if (!tours.has(parentElement)) tours.set(parentElement, new Tour(parentElement));
  return () => setTimeout(() => {
    if (parentElement.isConnected) return;
    tours.get(parentElement)?.close();
    tours.delete(parentElement);
  });
}

class Tour {
  constructor(root) {
    this.place = root.host.closest(".st-key-tour");
    this.count = element("span", { className: "count" });
    this.title = element("b");
    this.text = element("span");
    this.back = element("button", { type: "button", textContent: "Back" });
    this.next = element("button", { type: "button", className: "next" });
    this.skip = element("button", { type: "button", textContent: "Skip the tour", title: "Esc" });
    root.adoptedStyleSheets = [style];
    root.append(element("section", { className: "tour", "aria-label": "Tour of this page" }, this.count,
      element("p", { "aria-live": "polite" }, this.title, " ", this.text), this.back, this.next, this.skip));
    this.back.addEventListener("click", () => this.go(this.step - 1));
    this.next.addEventListener("click", () => (this.step === STEPS.length - 1 ? this.finish() : this.go(this.step + 1)));
    this.skip.addEventListener("click", () => this.finish());
    if (wanted()) this.open();
  }

  open() {
    this.stop = new AbortController();
    this.ring = element("div", { className: "ctjp-ring", "aria-hidden": "true" });
    Object.assign(this.ring.style, RING);
    document.body.append(this.ring);
    this.place.style.display = "block";
    document.addEventListener("keydown", (event) => this.key(event), { signal: this.stop.signal });
    this.go(0, false);
    this.follow();
  }

  /** Show a step; `pressed`: somebody asked for it, so its element may be scrolled to. */
  go(step, pressed = true) {
    this.step = Math.min(Math.max(step, 0), STEPS.length - 1);
    const [, title, text] = STEPS[this.step];
    this.count.textContent = `${this.step + 1} of ${STEPS.length}`;
    this.title.textContent = title;
    this.text.textContent = text;
    this.back.disabled = this.step === 0;
    this.next.textContent = this.step === STEPS.length - 1 ? "Done" : "Next";
    const box = this.target()?.getBoundingClientRect();
    if (pressed && box && (box.top < 130 || box.bottom > innerHeight)) this.target().scrollIntoView({ block: "center" });
  }

  target() {
    const roots = [document, ...[...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")].map((host) => host.shadowRoot)];
    return roots.map((root) => root?.querySelector(STEPS[this.step][0])).find(Boolean);
  }

  /** Keep the ring around its element, whatever scrolls, grows or comes late. */
  follow() {
    if (this.stop.signal.aborted) return;
    const box = this.target()?.getBoundingClientRect();
    this.ring.hidden = !box?.width;
    if (box) Object.assign(this.ring.style, { left: `${box.x - 6}px`, top: `${box.y - 6}px`, width: `${box.width + 12}px`, height: `${box.height + 12}px` });
    requestAnimationFrame(() => this.follow());
  }

  key(event) {
    if (event.key !== "Escape" || event.defaultPrevented || event.composedPath()[0].matches?.("select, [role=combobox]")) return;
    const shown = getComputedStyle(this.ring).visibility === "visible"; // not in the presenter view
    if (shown && !document.querySelector(OPEN)) this.finish();
  }

  finish() {
    remember();
    const focused = this.place.contains(document.activeElement);
    this.close();
    if (focused) playerRoot()?.focus({ preventScroll: true });
  }

  close() {
    this.stop?.abort();
    this.ring?.remove();
    this.place.style.display = "";
  }
}

const RING = {
  position: "fixed", zIndex: "9999999", pointerEvents: "none", boxSizing: "border-box",
  border: "3px solid #7a7ae0", borderRadius: "10px", boxShadow: "0 0 0 3px rgba(122, 122, 224, .25)",
};

const playerRoot = () =>
  [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")].map((host) => host.shadowRoot?.querySelector(".player")).find(Boolean);

/** Whether to start: asked for by the address, or a first visit with an address that asks for nothing. */
function wanted() {
  const url = new URL(location.href);
  if (url.searchParams.has(AGAIN)) {
    url.searchParams.delete(AGAIN);
    history.replaceState(history.state, "", url);
    return true;
  }
  return !url.search && !seen();
}

// A browser may refuse storage; then the tour comes again, which Escape ends.
function seen() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(KEY, "seen");
  } catch {
    // nothing to be done
  }
}
