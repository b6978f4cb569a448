// The presenter view of every page but Compare, whose player has its own: letters for the last row, nothing
// beside the page, and a bar with the way through the lesson. P begins and ends it; N and B go on and back.

import { button, element, sheet, sheets } from "../shared/dom.js";
import { SHOW_CODE } from "../shared/room.js";
import { handleShortcut } from "../shared/shortcuts.js";

const ON = "data-ctjp-presenter";
const LONGEST_WAIT_MS = 20000; // for a page to come
const LOOK_MS = 200;
const pageSheet = await sheet("./presenter-page.css", import.meta.url);
const barSheets = await sheets(import.meta.url, "./presenter-bar.css");

/** What has a presenter view of its own: the player on Compare, and a sweep over one setting. */
function player() {
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  return hosts.find((host) => host.shadowRoot?.querySelector(".player, .tradeoff"));
}

const playerPresents = () => player()?.hasAttribute("data-presenter") ?? false;

class PagePresenter {
  constructor() {
    this.place = element("span", { className: "place" });
    this.back = button("‹ Back (B)", () => this.go("back"));
    this.forth = button("Next (N) ›", () => this.go("next"));
    const code = button("QR code (Q)", () => document.dispatchEvent(new Event(SHOW_CODE)));
    const leave = button("Leave (Esc)", () => this.set(false));
    this.host = element("div", { id: "ctjp-presenter-bar", hidden: true });
    const root = this.host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = barSheets;
    root.append(element("nav", { "aria-label": "Lesson" }, this.back, this.place, this.forth, code, leave));
    document.body.append(this.host);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, pageSheet];
  }

  get on() {
    return document.documentElement.hasAttribute(ON);
  }

  /** @param {boolean} wanted */
  set(wanted) {
    document.documentElement.toggleAttribute(ON, wanted);
    this.host.hidden = !wanted;
    clearInterval(this.timer);
    if (!wanted) return;
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_MS); // pages come and go under the bar
  }

  /** What the bar says of the page that is open. */
  look() {
    const app = getComputedStyle(document.querySelector(".stApp") ?? document.body);
    this.host.style.background = app.backgroundColor;
    this.host.style.color = app.color;
    this.place.textContent = here();
    this.back.disabled = !neighbour("back");
    this.forth.disabled = !neighbour("next");
  }

  toggle() {
    if (player()) return false; // the player's own view
    this.set(!this.on);
    return true;
  }

  /** @param {"back" | "next"} where on the path of the lesson */
  go(where) {
    const link = neighbour(where);
    if (!(this.on || playerPresents()) || !link) return false;
    const left = player();
    this.set(true);
    link.click();
    clearTimeout(this.arriving);
    this.arrive(left, performance.now() + LONGEST_WAIT_MS);
    return true;
  }

  /** Where the next page is Compare, its player's own view takes over as soon as it is there. */
  arrive(left, until) {
    if (!this.on || performance.now() > until) return;
    const shown = player();
    if (!shown || shown === left) {
      this.arriving = setTimeout(() => this.arrive(left, until), LOOK_MS);
      return;
    }
    this.set(false);
    if (!playerPresents()) document.dispatchEvent(new KeyboardEvent("keydown", { key: "p" }));
  }
}

/** Where the page stands in the lesson, in words. */
const here = () => document.querySelector(".st-key-lesson-here")?.textContent.trim() ?? "";

/** The foot's link. */
const neighbour = (where) => document.querySelector(`.st-key-lesson-${where} a`);

const view = new PagePresenter();
const moves = {
  p: () => view.toggle(),
  n: () => view.go("next"),
  b: () => view.go("back"),
  Escape: () => view.on && view.set(false),
};
document.addEventListener("keydown", (event) => handleShortcut(event, moves, null));
