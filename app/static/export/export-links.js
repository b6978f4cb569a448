// Links that export a run: asks for the file, says how far it is, and saves it when it is whole. No rerun of
// the page.

import { addressParameters } from "../shared/address-bar.js";
import { Poller } from "../shared/polling.js";

const POLL_MS = 400;
const KEPT_MS = 60_000; // how long a browser may take to save a file
const DEFAULT_NAME = "run";
const PERCENT = /^\d{1,3}(\.\d{1,4})?$/;
const STATUS = ".ctjp-exports [role=status]";
const news = new Map(); // address of a link → how far its file is, in words

addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("a[data-export]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!news.has(link.href)) save(link.href, link.textContent);
  },
  true,
);

function save(href, label) {
  const address = new URL(href);
  const step = addressParameters().get("step"); // the player keeps it there
  if (step && PERCENT.test(step)) address.searchParams.set("step", step);
  say(href, `${label}: starting`);
  const poller = new Poller({
    address: () => address.href,
    every: POLL_MS,
    read: (answer) => answer,
    take: (answer) => take(answer, address, (words, over) => say(href, `${label}: ${words}`, over)),
    onTrouble: (sentence) => sentence && say(href, `${label}: ${sentence}`),
    onRefused: (sentence) => say(href, sentence, true),
  });
  poller.start();
}

/** The file, or how far it is; true when it has been saved. */
async function take(answer, address, tell) {
  if (answer.status === 200) {
    await keep(answer);
    tell("saved.", true);
    return true;
  }
  const { of, share, ahead } = await answer.json();
  address.searchParams.set("of", of); // the state of the run that the file is about
  const percent = share ? `${Math.round(100 * share)} %` : "starting";
  tell(ahead ? `${ahead} ahead of it` : percent);
  return false;
}

async function keep(answer) {
  const disposition = answer.headers.get("Content-Disposition") ?? "";
  if (!disposition.startsWith("attachment")) throw new Error("This is no file of ours, but a proxy's page.");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = /filename="([^"]+)"/.exec(disposition)?.[1] ?? DEFAULT_NAME;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}

/** Words under the links; those of a finished export stay until the next one speaks. */
function say(href, words, over = false) {
  news.set(href, words);
  const text = [...news.values()].join("\n");
  if (over) news.delete(href);
  for (const place of document.querySelectorAll(STATUS)) place.textContent = text;
}
