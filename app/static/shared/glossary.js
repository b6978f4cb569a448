// A term that explains itself by tap, hover and keyboard, with the sentence of core/base/glossary.py. A press
// keeps the sentence open until Escape, a second press or one elsewhere; the pointer alone shows it in
// passing.

import { element } from "./dom.js";

const GAP_PX = 6; // between a term and its sentence, and to the window's edge
let terms = {};
let guide = "";
let made = 0;

/**
 * @param {Record<string, {name: string, text: string}>} found by key
 * @param {string} address of the page with all of them
 */
export function nameTerms(found, address) {
  terms = found ?? {};
  guide = address;
}

/** Keys of all terms. */
export const termKeys = () => Object.keys(terms);

/**
 * A button that reads as the text it stands for.
 * @param {string} key of a term
 * @param {string} [text] what stands there; the term's own name by default
 * @returns {HTMLElement} plain text where there is no such term
 */
export function term(key, text) {
  const found = terms[key];
  if (!found) return element("span", { textContent: text ?? "" });
  const id = `term-${(made += 1)}`;
  const sentence = element("span", { id: `${id}-text`, textContent: `${found.name}: ${found.text} ` });
  const more = element("a", { href: guide, textContent: "How to read this" });
  const box = element("span", { id, className: "explained", popover: "auto" }, sentence, more);
  const part = element("button", {
    type: "button",
    className: "term printed",
    textContent: text ?? found.name,
    "aria-describedby": sentence.id,
    "aria-expanded": "false",
  });
  part.popoverTargetElement = box;
  showInPassing(part, box);
  return element("span", { className: "term-place" }, part, box);
}

function showInPassing(part, box) {
  const isOpen = () => box.matches(":popover-open");
  let passing = false;
  box.addEventListener("toggle", () => {
    part.setAttribute("aria-expanded", String(isOpen()));
    if (isOpen()) place(part, box);
    else passing = false;
  });
  part.addEventListener("pointerenter", ({ pointerType }) => {
    if (pointerType !== "mouse" || isOpen()) return;
    passing = true;
    box.showPopover();
  });
  part.addEventListener("pointerleave", () => {
    if (passing && isOpen()) box.hidePopover();
  });
  // A press on what the pointer shows keeps it.
  part.addEventListener("click", (event) => {
    if (passing) event.preventDefault();
    passing = false;
  });
  part.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen()) return;
    event.stopPropagation(); // it closes the sentence, and not the presenter view too
    box.hidePopover();
  });
}

/** Below the term, or above it where there is no room; inside the window. */
function place(part, box) {
  const { left, top, bottom } = part.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const under = bottom + GAP_PX + height < innerHeight;
  box.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`;
  box.style.top = `${under ? bottom + GAP_PX : Math.max(GAP_PX, top - height - GAP_PX)}px`;
}
