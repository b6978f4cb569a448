// "Copy link", and the form's settings in the page's address: a refresh or a copied address brings them
// along. The page says which settings differ from the defaults; every other parameter of the address is left
// alone.

import { changeAddress, isSetting } from "../shared/address-bar.js";
import { button, element, mounter, sheets } from "../shared/dom.js";
import { SHOW_CODE, askRoom, roomLink } from "../shared/room.js";

const SHOWN_MS = 2500;
const style = await sheets(import.meta.url, "./copy-link.css");

class CopyLink {
  constructor(root) {
    this.button = button("Copy link", () => this.copy(), {
      title: "A link to what you see, settings included, that others in the room can open",
    });
    const code = button("QR code", () => document.dispatchEvent(new Event(SHOW_CODE)), {
      title: "The address as a QR code for phones, filling the window (Q)",
    });
    this.note = element("p", { className: "quiet", hidden: true });
    this.result = element("span", { role: "status" });
    this.field = element("input", {
      type: "text",
      readOnly: true,
      hidden: true,
      "aria-label": "Address of this page",
    });
    root.append(element("div", { className: "link" }, this.button, code, this.result, this.field, this.note));
  }

  update({ settings }) {
    if (settings) changeAddress((parameters) => putSettings(parameters, settings));
  }

  async copy() {
    this.field.hidden = true;
    const room = await askRoom();
    const link = roomLink(room);
    // The clipboard is offered to secure pages only, and a lecture hall's server often is not one.
    const written = navigator.clipboard?.writeText(link);
    const copied = await written?.then(
      () => true,
      () => false,
    );
    if (copied || this.copyFromField(link)) this.say("Copied");
    else this.say("Copy it from here:", false);
    this.note.hidden = !room.note;
    this.note.textContent = `${room.note} ${room.command}`;
  }

  /**
   * Select the address in a field and copy it the old way; the field stays to be copied by hand where that
   * fails.
   */
  copyFromField(link) {
    this.field.hidden = false;
    this.field.value = link;
    this.field.select();
    const copied = document.execCommand("copy");
    this.field.hidden = copied;
    return copied;
  }

  say(text, briefly = true) {
    clearTimeout(this.timer);
    this.result.textContent = text;
    if (briefly) this.timer = setTimeout(() => this.say("", false), SHOWN_MS);
  }

  destroy() {
    clearTimeout(this.timer);
  }
}

/** Replace the settings in the address by these, name → text. */
function putSettings(parameters, settings) {
  for (const name of [...parameters.keys()]) {
    if (isSetting(name)) parameters.delete(name);
  }
  for (const [name, value] of Object.entries(settings)) parameters.set(name, value);
}

export default mounter(CopyLink, style);
