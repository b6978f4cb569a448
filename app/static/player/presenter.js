// The presenter view: nothing but pictures, measurements, curves and a large counter, over the whole window.

// Everything else is neither seen nor reached by keyboard; the player's host sets itself visible again.
const outside = new CSSStyleSheet();
outside.replaceSync("body { visibility: hidden; }");

/** Enters and leaves the view. */
export class PresenterView {
  /**
   * @param {ShadowRoot} root of the player
   * @param {any} page its elements
   * @param {() => void} onChange called after the view has been entered or left
   */
  constructor(root, page, onChange) {
    this.host = root.host;
    this.page = page;
    this.onChange = onChange;
    page.present.addEventListener("click", () => this.set(true));
    page.leave.addEventListener("click", () => this.set(false));
  }

  get on() {
    return this.host.hasAttribute("data-presenter");
  }

  /** @param {boolean} on */
  set(on) {
    if (on === this.on) return;
    this.host.toggleAttribute("data-presenter", on);
    hideOutside(on);
    // What had the focus is hidden now; without a focus the next Tab would start at the page's top.
    const next = on ? this.page.root : this.page.present;
    next.focus({ preventScroll: true });
    this.onChange();
  }

  destroy() {
    hideOutside(false);
    this.host.removeAttribute("data-presenter");
  }
}

function hideOutside(hidden) {
  const others = document.adoptedStyleSheets.filter((sheet) => sheet !== outside);
  document.adoptedStyleSheets = hidden ? [...others, outside] : others;
}
