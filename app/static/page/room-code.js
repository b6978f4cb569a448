// The QR code of the page, over the whole window: for a room whose phones are to open what the wall shows. Q
// or a button shows it, Escape or a click ends it.

import { button, element, sheets } from "../shared/dom.js";
import { SHOW_CODE, askRoom, codeAddress, shortPath } from "../shared/room.js";
import { handleShortcut } from "../shared/shortcuts.js";

const style = await sheets(import.meta.url, "./room-code.css");

class RoomCode {
  constructor() {
    this.host = element("div", { id: "ctjp-room-code" });
    this.content = element("div", { className: "content" });
    const close = button("Close (Esc)", () => this.dialog.close(), { className: "close" });
    this.dialog = element("dialog", { "aria-label": "The address of this page" }, close, this.content);
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.dialog.close());
    const root = this.host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = style;
    root.append(this.dialog);
    document.body.append(this.host);
  }

  async toggle() {
    if (this.dialog.open) {
      this.dialog.close();
      return;
    }
    const path = shortPath();
    this.content.replaceChildren(element("p", { textContent: "One moment …" }));
    this.dialog.showModal();
    const room = await askRoom();
    this.content.replaceChildren(...(room.origin ? codeParts(room, path) : noteParts(room)));
  }
}

function codeParts({ origin, others }, path) {
  const address = origin + path;
  const code = element("img", { src: codeAddress(path), alt: `QR code of ${address}` });
  const parts = [code, element("p", { className: "address", textContent: address })];
  if (others.length) {
    const more = others.map((one) => one + path).join(" or ");
    parts.push(element("p", { className: "quiet", textContent: `If that does not open, try ${more}` }));
  }
  return parts;
}

function noteParts({ note, command }) {
  const parts = [element("p", { className: "said", textContent: note })];
  if (command) parts.push(element("code", { textContent: command }));
  return parts;
}

const roomCode = new RoomCode();
document.addEventListener(SHOW_CODE, () => roomCode.toggle());
document.addEventListener("keydown", (event) => handleShortcut(event, { q: () => roomCode.toggle() }, null));
