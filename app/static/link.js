// "Copy link", and the form's settings in the page's address: a refresh or a copied address brings them along.
// The page says which settings differ from the defaults; every other parameter of the address is left alone.

import { element, mounter, sheet } from "./dom.js";

const SHOWN_MS = 2500;
const SETTINGS = ["prompt", "seed", "painters"];
const style = await sheet("link.css");

class Link {
  constructor(root) {
    this.button = element("button", { type: "button", textContent: "Copy link", title: "The address of what you see, settings included" });
    this.said = element("span", { role: "status" });
    this.field = element("input", { type: "text", readOnly: true, hidden: true, "aria-label": "Address of this page" });
    root.append(element("div", { className: "link" }, this.button, this.said, this.field));
    this.button.addEventListener("click", () => this.copy());
  }

  update({ settings }) {
    if (settings) write(settings);
  }

  async copy() {
    this.field.hidden = true;
    // The clipboard is offered to secure pages only, and a lecture hall's server often is not one.
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    if (copied || this.select()) this.say("Copied");
    else this.say("Copy it from here:", false);
  }

  /** Select the address in a field and copy it the old way; the field stays to be copied by hand where that fails. */
  select() {
    this.field.hidden = false;
    this.field.value = location.href;
    this.field.select();
    const copied = document.execCommand("copy");
    this.field.hidden = copied;
    return copied;
  }

  say(text, briefly = true) {
    clearTimeout(this.timer);
    this.said.textContent = text;
    if (briefly) this.timer = setTimeout(() => (this.said.textContent = ""), SHOWN_MS);
  }
}

/** Replace the settings in the address by these, name → text. */
function write(settings) {
  const url = new URL(location.href);
  for (const name of [...url.searchParams.keys()]) {
    if (SETTINGS.includes(name) || name.includes(".")) url.searchParams.delete(name);
  }
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

export default mounter(Link, style);
