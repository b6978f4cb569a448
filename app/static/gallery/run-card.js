// One run in the gallery: its prompt, its last pictures with their measurement, and what can be done with it.

import { button, element } from "../shared/dom.js";
import { formatBytes, formatNumber } from "../shared/format.js";
import { isOutside } from "../shared/measures.js";

const STATUS = {
  queued: "Waiting",
  running: "Running",
  done: "Done",
  stopped: "Stopped",
  failed: "Failed",
  interrupted: "Interrupted",
};
const STARRED = "Starred by whoever started it";
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const THUMBNAIL_PX = 128;

/**
 * @param {any} run what the page says of it
 * @param {{base: string, marks: Record<string, any>}} page addresses and the painters' marks
 * @returns {HTMLElement} its buttons have data-act
 */
export function runCard(run, { base, marks }) {
  const href = `${base}/?run=${run.id}`;
  const pictures = run.painters.map((painter) => painterPicture(run, painter, marks[painter.name], base));
  const none = element("span", { className: "none", textContent: run.reason || "No picture yet" });
  const size = run.bytes ? ` · ${formatBytes(run.bytes)}` : "";
  const scale = run.scale === "cosine" ? " · judges: cosine" : ""; // the page says what the others are on
  const open = element("a", { href, "data-act": "open", textContent: run.prompt, title: run.prompt });
  return element(
    "article",
    { className: "card", "data-id": run.id, "data-status": run.status },
    element("h3", { className: "cut" }, open),
    element("span", { className: "chip", textContent: statusText(run), title: run.reason }),
    element("p", { className: "reading", textContent: run.reading }),
    element("p", { className: "reading quiet", textContent: run.changed }),
    element(
      "p",
      { className: "meta quiet" },
      element("time", { textContent: DATE.format(1000 * run.created) }),
      ` · seed ${run.seed}${size}${scale}`,
    ),
    element(
      "a",
      { className: "pictures", href, "data-act": "open", tabIndex: -1 },
      ...(pictures.length ? pictures : [none]),
    ),
    element("div", { className: "buttons" }, ...buttons(run)),
  );
}

function statusText({ example, status, share }) {
  if (example) return "Example";
  return status === "running" ? `${STATUS.running} ${Math.round(100 * share)} %` : STATUS[status];
}

function buttons(run) {
  const choose = actButton("choose", "Compare", `Choose “${run.prompt}” to compare it`);
  if (run.mine) return [choose, starButton(run.starred), deleteButton(run.status)];
  if (!run.starred) return [choose];
  const star = { className: "star", role: "img", "aria-label": STARRED, title: STARRED, textContent: "★" };
  return [choose, element("span", star)];
}

function starButton(starred) {
  const made = starred
    ? actButton("unstar", "★", "Remove the star")
    : actButton("star", "☆", "Star this run: it is never removed");
  made.setAttribute("aria-pressed", String(starred));
  return made;
}

function deleteButton(status) {
  const active = status === "queued" || status === "running";
  const made = actButton("delete", "✕", active ? "Cancel this run before you delete it" : "Delete this run");
  made.disabled = active;
  return made;
}

/** The gallery listens to all of its buttons at once. */
const actButton = (act, text, label) => button(text, () => {}, { label, "data-act": act });

function painterPicture(run, painter, mark, base) {
  const sign = element("span", { className: "sign", textContent: mark.symbol, "aria-hidden": "true" });
  sign.style.color = mark.colour;
  const lines = measurementOf(painter).map(([label, textContent, outside]) =>
    element(
      "span",
      { className: "measurement" },
      element("span", { textContent: label }),
      element("b", { textContent, className: outside ? "outside" : "" }),
    ),
  );
  return element(
    "span",
    { className: "picture" },
    thumbnail(run, painter, mark, base),
    element("span", { className: "name cut" }, sign, mark.label),
    ...lines,
  );
}

/** Label, text and whether real pictures lie elsewhere, under the names that the server gives them. */
const measurementOf = ({ figures }) =>
  figures.map(({ label, value, band, steers }) => [
    label,
    formatNumber(value),
    isOutside(value, band, steers),
  ]);

function thumbnail(run, painter, mark, base) {
  const { name, step, kept } = painter;
  if (!kept) return element("span", { className: "missing", textContent: "picture not kept" });
  const measurement = measurementOf(painter).map(([label, value]) => `${label} ${value}`);
  return element("img", {
    src: `${base}/thumbnails/${run.id}/${name}/${step}.webp`,
    loading: "lazy",
    decoding: "async",
    width: THUMBNAIL_PX,
    height: THUMBNAIL_PX,
    alt: `${mark.label} on “${run.prompt}”, step ${step}: ${measurement.join(", ")}`,
  });
}
