// Keys that work without a field or a button having the focus, and the switch that turns them off.

import { button } from "./dom.js";
import { recall, remember } from "./memory.js";

const KEY = "ctjp-shortcuts";
const OFF = "off";
const CHANGED = "ctjp-shortcuts";
const FIELDS = `input:not([type=checkbox], [type=button]), textarea, select, [contenteditable=true],
  [role=slider], [role=spinbutton], [role=combobox], [role=listbox], [role=option], [role=menuitem],
  [role=tab], [role=radio], [role=grid], [role=application]`;
const PRESSED_BY_SPACE = "button, summary, input, [role=button], [role=switch], [role=checkbox]";
const SCROLLING = [" ", "Home", "End", "PageUp", "PageDown"];
const SCROLLER = "[data-testid=stMain]";
const LINE_PX = 24; // a page that scrolls by less than this is one that fits

let on = recall(KEY) !== OFF;

function setShortcuts(wanted) {
  on = wanted;
  remember(KEY, on ? "on" : OFF);
  document.dispatchEvent(new Event(CHANGED));
}

/**
 * The button that turns the shortcuts off and on, for this browser and every page.
 * @param {string} keys what there is, for its description
 * @param {AbortSignal} signal ends its listening
 * @returns {HTMLButtonElement}
 */
export function shortcutSwitch(keys, signal) {
  const made = button("⌨", () => setShortcuts(!on), { className: "one keys", label: "Keyboard shortcuts" });
  const show = () => {
    made.setAttribute("aria-pressed", String(on));
    made.title = `Keyboard shortcuts are ${on ? "on" : "off"}: ${keys}`;
  };
  document.addEventListener(CHANGED, show, { signal });
  show();
  return made;
}

/**
 * Call what belongs to a key, unless what has the focus, or the page, needs the key itself.
 * @param {KeyboardEvent} event
 * @param {Record<string, () => any>} moves key → what it does; false leaves the key to others
 * @param {HTMLInputElement} slider the one field in which the keys work too, even while they are turned off
 */
export function handleShortcut(event, moves, slider) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key; // Caps Lock changes nothing
  if (!Object.hasOwn(moves, key) || isTaken(event, key, slider)) return;
  if (moves[key]() !== false) event.preventDefault();
}

function isTaken(event, key, slider) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  const focus = event.composedPath()[0];
  if (focus === slider) return key.length === 1 && key !== " " && !on;
  if (!on && key !== "Escape") return true;
  if (focus.matches?.(FIELDS)) return true;
  if (key === " " && focus.matches?.(PRESSED_BY_SPACE)) return true;
  return SCROLLING.includes(key) && !slider.getRootNode().contains(focus) && scrolls();
}

/** Whether these keys could move the page. */
function scrolls() {
  const place = document.querySelector(SCROLLER) ?? document.scrollingElement;
  return place.scrollHeight > place.clientHeight + LINE_PX;
}
