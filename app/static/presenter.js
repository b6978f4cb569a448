// The presenter view: nothing but pictures, figures, curves and a large counter, over the whole window.

// Everything else is neither seen nor reached by keyboard; the player's host sets itself visible again.
const outside = new CSSStyleSheet();
outside.replaceSync("body { visibility: hidden; }");

export class Presenter {
  /** onChange is called after the view has been entered or left. */
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

  set(on) {
    if (on === this.on) return;
    this.host.toggleAttribute("data-presenter", on);
    const sheets = document.adoptedStyleSheets.filter((sheet) => sheet !== outside);
    document.adoptedStyleSheets = on ? [...sheets, outside] : sheets;
    // What had the focus is hidden now; without a focus the next Tab would start at the page's top.
    (on ? this.page.root : this.page.present).focus({ preventScroll: true });
    this.onChange();
  }

  destroy() {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== outside);
  }
}
