// The state of a run in words: chip, progress of every painter, and the verdict or what went wrong.

import { element } from "../shared/dom.js";
import { formatDuration } from "../shared/format.js";
import { CONNECTION_LOST } from "../shared/polling.js";

const LONG = 60; // letters: a longer prompt is written smaller, and in several lines
const VERY_LONG = 150; // in the presenter view smaller still, so that pictures and curves fit below it
const WAITING = { queued: "waiting for its turn", running: "starting" };

/**
 * Say how a run is.
 * @param {import("./layout.js").PlayerLayout} page
 * @param {any} state what the server says of the run, with status "none" for no run and "gone" for one that
 *   is not there
 * @param {string} [notice] a sentence that comes first
 * @param {string} [trouble] why the run cannot be followed just now
 */
export function describeRun(page, state, notice = "", trouble = "") {
  page.prompt.textContent = state.prompt ? `“${state.prompt}”` : "";
  const letters = page.prompt.textContent.length;
  page.prompt.dataset.long = letters > VERY_LONG ? "very" : String(letters > LONG);
  page.reading.textContent = state.reading ?? "";
  page.chip.textContent = chipText(state, trouble);
  page.chip.dataset.status = trouble ? "failed" : (state.status ?? "");
  page.root.dataset.status = state.status ?? "";
  page.meta.textContent = state.terms ? `${state.terms.label} · seed ${state.seed}` : "";
  page.meta.title = state.terms?.sentence ?? "";
  for (const painter of state.painters ?? []) showProgress(page.panels[painter.name], painter, state.status);
  const serversOwn = trouble === CONNECTION_LOST ? "" : trouble;
  sayWords(page.words, [notice, serversOwn, ...wordsOf(state, page.root.dataset.scale)].filter(Boolean));
}

function showProgress(panel, { total, done, left }, status) {
  const going = status === "running" && done < total && left != null;
  panel.showProgress(
    done / total,
    going ? `${formatDuration(left)} left` : "",
    WAITING[status] ?? "no picture",
  );
}

/** A screen reader hears each sentence once. */
function sayWords(place, sentences) {
  const text = sentences.join("\n");
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(...sentences.map((sentence) => element("p", { textContent: sentence })));
}

function chipText(state, trouble) {
  if (trouble) return trouble === CONNECTION_LOST ? trouble : "Busy, trying again";
  const shares = (state.painters ?? []).map(({ done, total }) => done / total);
  const sum = shares.reduce((a, b) => a + b, 0);
  const percent = `${Math.floor((100 * sum) / Math.max(1, shares.length))} %`;
  const took = state.elapsed != null ? ` · ${formatDuration(state.elapsed)}` : "";
  const left = state.left != null ? ` · ${formatDuration(state.left)} left` : "";
  const wait = state.wait ? ` · about ${formatDuration(state.wait)}` : "";
  const texts = {
    queued: `Queued · ${state.ahead ? `${state.ahead} ahead` : "next"}${wait}`,
    running: `Running · ${percent}${left}`,
    done: state.example ? "Example, computed in advance" : `Done${took}`,
    stopped: `Stopped at ${percent}`,
    failed: `Failed at ${percent}`,
    interrupted: `Interrupted at ${percent}`,
    gone: "Not found",
    deleted: "Deleted",
    refused: "Not available",
  };
  return texts[state.status] ?? "";
}

function wordsOf(state, scale) {
  switch (state.status) {
    case "none":
      return ["Type a prompt and press Run."];
    case "gone":
      return ["This run is not stored here. Check the link, or press Run to paint it."];
    case "deleted":
      return [
        "This run was deleted. Whoever started it can bring it back for an hour: Undo, in the sidebar.",
      ];
    case "refused":
      return [state.reason];
    case "queued":
      return [state.note || whenItStarts(state), ...takenFromStore(state)];
    case "running":
      return [
        ...takenFromStore(state),
        "A summary of the figures appears here when the painters have finished. " +
          "You can scrub back at any time.",
      ];
    default:
      return [
        ...(state.reason ? [state.reason] : []),
        ...((scale === "cosine" ? state.verdict_cosine : state.verdict) ?? state.verdict ?? []),
        ...turningPoints(state.turns ?? []),
        ...(state.place ? [state.place] : []),
        ...takenFromStore(state),
      ];
  }
}

/** Which painters need not paint. */
function takenFromStore({ taken }) {
  return taken ? [taken] : [];
}

/** When a queued run begins, as far as that is known. */
function whenItStarts({ ahead, wait }) {
  if (!ahead) return "The painters will start on this one next.";
  const about = wait ? `, in about ${formatDuration(wait)}` : "";
  const before = ahead === 1 ? "run before this one is" : `${ahead} runs before this one are`;
  return `The painters will start when the ${before} finished${about}.`;
}

/** A line for every painter that goes wrong, and one for those that do not. */
function turningPoints(turns) {
  const texts = (wanted) => turns.filter(({ step }) => (step === null) === wanted).map(({ text }) => text);
  const never = texts(true);
  return [...texts(false), ...(never.length ? [never.join(" ")] : [])];
}
