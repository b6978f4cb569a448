// One of a visitor's pictures: as it was uploaded, as the judge sees it, and what was measured.

import { element } from "../shared/dom.js";
import { formatNumber } from "../shared/format.js";
import { Meter } from "../shared/meter.js";

const SHARED_ENDS = { from: -0.25, to: 1.5 }; // of the judges' tracks on the shared scale

/**
 * @param {any} picture what the page says of it
 * @param {string} base
 * @returns {HTMLElement} with a button [data-act=remove]
 */
export function pictureCard(picture, base) {
  const { id, name, prompt, width, height, status } = picture;
  const words = (picture.words ?? []).map((textContent) => element("p", { textContent }));
  const measured = (picture.marks ?? [])
    .map(({ label, value }) => `${label} ${formatNumber(value)}`)
    .join(", ");
  return element(
    "article",
    { className: "card", id, "data-id": id, "data-status": status, tabIndex: -1 },
    element(
      "header",
      {},
      element("h3", { className: "cut", textContent: name, title: name }),
      element("span", { className: "prompt cut", textContent: `compared with “${prompt}”` }),
      removeButton(name),
    ),
    figure(
      "whole",
      `${base}/pictures/${id}/whole.webp`,
      `${name} as uploaded`,
      `Uploaded: ${width} × ${height}`,
    ),
    figure(
      "seen",
      `${base}/pictures/${id}/seen.png`,
      `What the judge sees of ${name}. ${measured}`,
      `What the judge sees: ${seenText(picture)}`,
    ),
    element("div", { className: "measured" }, ...measuredParts(picture)),
    ...(words.length ? [element("div", { className: "words" }, ...words)] : []),
  );
}

function removeButton(name) {
  return element("button", {
    type: "button",
    textContent: "✕",
    title: "Remove this picture now",
    "aria-label": `Remove ${name} now`,
    "data-act": "remove",
  });
}

function figure(className, src, alt, textContent) {
  const image = element("img", { src, alt, loading: "lazy" });
  return element("figure", { className }, image, element("figcaption", { textContent }));
}

function seenText({ width, height, size }) {
  if (width === size && height === size) return "the same";
  const enlarged = Math.min(width, height) < size;
  const how = enlarged ? "enlarged" : "scaled";
  return `the middle square, ${how} to ${size} × ${size}${enlarged ? ", which lowers realism" : ""}`;
}

function measuredParts({ marks, parts, status, reason }) {
  if (status === "failed") return [element("p", { className: "why", textContent: reason })];
  if (!marks) return [element("p", { className: "busy", textContent: "The judge is looking at it…" })];
  const details = element(
    "details",
    {},
    element("summary", { textContent: "What realism is made of" }),
    element("div", { className: "parts" }, ...parts.map(meter)),
  );
  return [element("div", { className: "marks" }, ...marks.map(meter)), details];
}

/** With the band of real pictures, if that was measured. */
function meter({ key, label, help, value, low, mid, high, shared }) {
  const made = new Meter(label, help, { ...(shared ? SHARED_ENDS : {}), key });
  made.show(value, low === undefined ? undefined : { p5: low, p50: mid, p95: high });
  return made.part;
}
