// Elements made from data: text is never parsed as HTML.

import { nameTerms } from "./glossary.js";
import { nameMeasures } from "./measures.js";

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";
// The same in every version of this script, so that an update finds what it replaces.
const VIEW = Symbol.for("ctjp view");

/**
 * An element with properties and children.
 * @param {string} tag
 * @param {Record<string, any>} [properties] DOM properties, or attributes where there is no such property
 * @param {...(Node | string)} children
 * @returns {any} the HTMLElement
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/**
 * An element of a drawing.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any} the SVGElement
 */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG_NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * A button with its text.
 * @param {string} textContent
 * @param {(event: Event) => void} onPress
 * @param {Record<string, any>} [properties] further ones; `label` names a button whose text is only a sign
 * @returns {HTMLButtonElement}
 */
export function button(textContent, onPress, { label, ...properties } = {}) {
  const named = label ? { title: label, "aria-label": label } : {};
  const made = element("button", { type: "button", textContent, ...named, ...properties });
  made.addEventListener("click", onPress);
  return made;
}

/**
 * Buttons of which one is pressed; the part has press(key).
 * @param {string} label what is chosen
 * @param {{key: string, text: string}[]} choices
 * @param {(key: string) => void} onChoose
 */
export function choice(label, choices, onChoose) {
  const buttons = choices.map(({ key, text }) => {
    const made = button(text, () => onChoose(key));
    made.dataset.key = key;
    return made;
  });
  const part = element("div", { className: "row", role: "group", "aria-label": label }, ...buttons);
  part.press = (key) => {
    for (const one of buttons) one.setAttribute("aria-pressed", String(one.dataset.key === key));
  };
  return part;
}

/**
 * A list to choose from.
 * @param {string} label
 * @param {string[][]} options pairs of value and text
 * @param {Record<string, any>} [properties] further ones; `value` is the one chosen at first
 * @returns {HTMLSelectElement}
 */
export function select(label, options, { value, ...properties } = {}) {
  const made = options.map(([key, textContent]) => element("option", { value: key, textContent }));
  const part = element("select", { "aria-label": label, ...properties }, ...made);
  if (value !== undefined) part.value = value;
  if (part.selectedIndex < 0) part.selectedIndex = 0; // what was chosen once is not offered any more
  return part;
}

/**
 * Give a parent these children in this order; what is there already stays untouched, and keeps the focus.
 * @param {Element} parent
 * @param {Element[]} nodes
 * @returns {boolean} whether anything changed
 */
export function arrange(parent, nodes) {
  const same =
    nodes.length === parent.children.length && nodes.every((node, i) => node === parent.children[i]);
  if (!same) parent.replaceChildren(...nodes);
  return !same;
}

const SHARED = ["colours.css", "controls.css", "print.css"];
const SHARED_SHEETS = SHARED.map((name) => sheet(name, import.meta.url));

/**
 * The colours, the controls and a component's own style sheets, fetched side by side.
 * @param {string} from address of the script that asks
 * @param {...string} names addresses relative to it
 * @returns {Promise<CSSStyleSheet[]>}
 */
export function sheets(from, ...names) {
  return Promise.all([...SHARED_SHEETS, ...names.map((name) => sheet(name, from))]);
}

/**
 * One style sheet.
 * @param {string} name address relative to `from`
 * @param {string} from address of the script that asks
 * @returns {Promise<CSSStyleSheet>}
 */
export async function sheet(name, from) {
  const made = new CSSStyleSheet();
  const answer = await fetch(new URL(name, from));
  return made.replace(await answer.text());
}

/**
 * What Streamlit calls on mounting and whenever `data` or the theme changes: makes one view per place and
 * updates it.
 * @param {new (root: any, data: any) => any} View has update(data, tell) and may have destroy(), for what
 *   outlives its place
 * @param {CSSStyleSheet[]} styles
 * @param {(trigger: (name: string, value: any) => void) => (...told: any[]) => void} [teller] makes what the
 *   view gets as `tell` to reach the page; as a rule tell(act, id), where `act` is what was pressed
 */
export function mounter(View, styles, teller = (trigger) => (act, id) => trigger("act", { act, id })) {
  return ({ data, parentElement, setTriggerValue }) => {
    if (parentElement[VIEW]?.View !== View) mount(parentElement, View, styles, data);
    const mounted = parentElement[VIEW];
    mounted.view.update(data, teller(setTriggerValue));
    // Streamlit also calls the clean-up of a superseded call; only a detached place means the end.
    return () =>
      setTimeout(() => {
        if (!parentElement.isConnected && parentElement[VIEW] === mounted) unmount(parentElement);
      });
  };
}

function mount(place, View, styles, data) {
  nameMeasures(data.measures);
  nameTerms(data.glossary, `${data.base}/about`);
  if (place[VIEW]) unmount(place); // of the version before an update of the app
  place.adoptedStyleSheets = styles;
  const others = new Set(place.childNodes);
  const view = new View(place, data);
  const nodes = [...place.childNodes].filter((node) => !others.has(node));
  place[VIEW] = { View, view, nodes };
}

function unmount(place) {
  const { view, nodes } = place[VIEW];
  view.destroy?.();
  for (const node of nodes) node.remove();
  place[VIEW] = undefined;
}
