// A tour of the Compare page for a first visit: a line of text above the player and a ring around what it
// speaks of. It takes no focus and covers nothing. Escape skips it, and this browser remembers.

import { addressParameters, changeAddress } from "../shared/address-bar.js";
import { button, element, mounter, sheets } from "../shared/dom.js";
import { recall, remember } from "../shared/memory.js";

const style = await sheets(import.meta.url, "./tour.css");
const KEY = "ctjp-tour";
const AGAIN = "tour";
const STEPS = [
  {
    target: "[data-testid=stSidebar] [data-testid=stTextInput]",
    title: "One prompt, one judge.",
    text:
      "A CLIP model, the judge, scores how well a picture fits this sentence. " +
      "What you see was painted in advance; press Run to paint another.",
  },
  {
    target: ".panels",
    title: "Three painters climb its score.",
    text:
      "Each has a different prior between the judge's gradient and the picture: " +
      "nothing, a codebook of patches, or a denoiser.",
  },
  {
    target: ".panel .measurement",
    title: "A score is not a picture.",
    text:
      "Here they climb the judge's score, while the held-out judge and realism only look on. " +
      "You may let a painter follow those too; the page then says so.",
  },
  {
    target: ".controls",
    title: "One slider moves everything.",
    text:
      "Space plays, the arrow keys step. Pictures, figures and curves show the same moment; " +
      "◆ marks where a painter goes wrong.",
  },
  {
    target: ".chart.plane",
    title: "The story in one chart.",
    text:
      "Further right, the judge's score is higher; " +
      "further up, the picture resembles the reference pictures more. " +
      "Real pictures lie in the grey box.",
  },
  {
    target: ".words p", // the first sentence: with all of them in sight, the pictures have no names
    title: "The result in words.",
    text:
      "Change a setting beside a painter's switch and press Run, or open Lesson in the bar at the top: " +
      "it begins with four pixels.",
  },
];
const OPEN = "[role=dialog], [data-testid=stPopoverBody]"; // Escape closes these first
const COMPONENTS = "[data-testid=stBidiComponentIsolated]";
const RING_GAP_PX = 6;
const HEADER_PX = 62; // of Streamlit's header; the tour stays below it

class Tour {
  constructor(root) {
    this.place = root.host.closest(".st-key-tour");
    this.count = element("span", { className: "count" });
    this.title = element("b");
    this.text = element("span");
    this.back = button("Back", () => this.go(this.step - 1));
    this.next = button("Next", () => this.goOn(), { className: "next go" });
    this.skip = button("Skip the tour", () => this.finish(), { title: "Esc" });
    const words = element("p", { "aria-live": "polite" }, this.title, " ", this.text);
    const parts = [this.count, words, this.back, this.next, this.skip];
    root.append(element("section", { className: "tour", "aria-label": "Tour of this page" }, ...parts));
    if (isWanted()) this.open();
  }

  /** The page has nothing to say to it. */
  update() {}

  open() {
    this.stopping = new AbortController();
    this.ring = element("div", { className: "ctjp-ring", "aria-hidden": "true" });
    Object.assign(this.ring.style, RING);
    document.body.append(this.ring);
    this.place.style.display = "block";
    document.addEventListener("keydown", (event) => this.key(event), { signal: this.stopping.signal });
    this.go(0, false);
    this.follow();
  }

  get atEnd() {
    return this.step === STEPS.length - 1;
  }

  goOn() {
    if (this.atEnd) this.finish();
    else this.go(this.step + 1);
  }

  /** Show a step; `pressed`: somebody asked for it, so its element may be scrolled to. */
  go(step, pressed = true) {
    this.step = Math.min(Math.max(step, 0), STEPS.length - 1);
    const { title, text } = STEPS[this.step];
    this.count.textContent = `${this.step + 1} of ${STEPS.length}`;
    this.title.textContent = title;
    this.text.textContent = text;
    this.back.disabled = this.step === 0;
    this.next.textContent = this.atEnd ? "Done" : "Next";
    const target = this.target();
    const box = target?.getBoundingClientRect();
    const covered = HEADER_PX + this.place.offsetHeight + 2 * RING_GAP_PX;
    const hidden = box && (box.top < covered || box.bottom > innerHeight);
    if (!pressed || !hidden) return;
    target.style.scrollMargin = `${covered}px 0 ${2 * RING_GAP_PX}px`;
    target.scrollIntoView({ block: "nearest" }); // no further: what is above goes below the tour
  }

  target() {
    return find(STEPS[this.step].target);
  }

  /** Keep the ring around its element, whatever scrolls, grows or comes late. */
  follow() {
    if (this.stopping.signal.aborted) return;
    const box = this.target()?.getBoundingClientRect();
    this.ring.hidden = !box?.width;
    if (box) this.putRing(box);
    requestAnimationFrame(() => this.follow());
  }

  putRing({ x, y, width, height }) {
    Object.assign(this.ring.style, {
      left: `${x - RING_GAP_PX}px`,
      top: `${y - RING_GAP_PX}px`,
      width: `${width + 2 * RING_GAP_PX}px`,
      height: `${height + 2 * RING_GAP_PX}px`,
    });
  }

  key(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (event.composedPath()[0].matches?.("select, [role=combobox]")) return;
    const shown = getComputedStyle(this.ring).visibility === "visible"; // not in the presenter view
    if (shown && !document.querySelector(OPEN)) this.finish();
  }

  finish() {
    remember(KEY, "seen");
    const focused = this.place.contains(document.activeElement);
    this.close();
    if (focused) find(".player")?.focus({ preventScroll: true });
  }

  close() {
    this.stopping?.abort();
    this.ring?.remove();
    this.place.style.display = "";
  }

  destroy() {
    this.close();
  }
}

const RING = {
  position: "fixed",
  zIndex: "9999999",
  pointerEvents: "none",
  boxSizing: "border-box",
  border: "3px solid #7a7ae0",
  borderRadius: "10px",
  boxShadow: "0 0 0 3px rgba(122, 122, 224, .25)",
};

/** An element of the page or of one of its components. */
function find(selector) {
  const roots = [document, ...[...document.querySelectorAll(COMPONENTS)].map((host) => host.shadowRoot)];
  return roots.map((root) => root?.querySelector(selector)).find(Boolean);
}

/** Whether to start: asked for by the address, or a first visit with an address that asks for nothing. */
function isWanted() {
  if (!addressParameters().has(AGAIN)) return !location.search && recall(KEY) === null;
  changeAddress((parameters) => parameters.delete(AGAIN));
  return true;
}

export default mounter(Tour, style);
