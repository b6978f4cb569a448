// One picture of what the judge sees, large, in a dialog.

import { button, element } from "../shared/dom.js";

/** The dialog; made when it is first wanted. */
export class Enlargement {
  /**
   * @param {Element} place
   * @param {Record<string, any>} marks by painter
   */
  constructor(place, marks) {
    this.place = place;
    this.marks = marks;
  }

  /** @param {any} cell one of the judge view's */
  open(cell) {
    if (!this.dialog) this.build();
    this.cell = cell;
    this.dialog.showModal();
    this.draw();
  }

  remove() {
    this.dialog?.remove();
    this.dialog = undefined;
  }

  build() {
    this.title = element("h2", { id: "enlarged-title" });
    this.image = element("img", { alt: "" });
    this.text = element("p");
    const close = button("Close", () => this.dialog.close());
    this.dialog = element(
      "dialog",
      { className: "enlarged", "aria-labelledby": "enlarged-title" },
      element("div", { className: "head" }, this.title, close),
      this.image,
      this.text,
    );
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    // The dialog closes itself; the presenter view, which listens too, is meant to stay.
    this.dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
    this.place.append(this.dialog);
  }

  /** The arrow keys go on stepping, so the enlarged picture follows them. */
  draw() {
    if (!this.dialog?.open) return;
    const { painter, label, text, more, image, step } = this.cell;
    this.title.textContent = `${this.marks[painter].label}, step ${step}: ${label}`;
    this.text.textContent = `${text} ${more}`;
    this.image.alt = image.alt;
    showImage(this.image, image.getAttribute("src"));
  }
}

/**
 * Setting the same address again would fetch it again in some browsers.
 * @param {HTMLImageElement} image
 * @param {string} address
 */
export function showImage(image, address) {
  if (image.getAttribute("src") !== address) image.src = address;
}
