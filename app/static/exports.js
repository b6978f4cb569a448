// Links that export a run: asks for the file, says how far it is, and saves it when it is whole. No rerun of the page.

const POLL_MS = 400;
const DEFAULT_NAME = "run";
const told = new Map(); // address of a link → what is going on, in words

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-export]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!told.has(link.href)) save(link.href, link.textContent);
}, true);

async function save(href, label) {
  const address = new URL(href);
  const step = new URLSearchParams(location.search).get("step"); // the player keeps it there
  if (step && /^\d{1,3}(\.\d{1,4})?$/.test(step)) address.searchParams.set("step", step);
  try {
    for (;;) {
      const answer = await fetch(address, { cache: "no-store" });
      if (answer.status === 200) {
        await keep(answer);
        return say(href, `${label}: saved.`, true);
      }
      if (answer.status !== 202) return say(href, await answer.text(), true);
      const { of, share, ahead } = await answer.json();
      address.searchParams.set("of", of);
      say(href, ahead ? `${label}: ${ahead} before it` : `${label}: ${share ? `${Math.round(100 * share)} %` : "starting"}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } catch (error) {
    console.warn("An export could not be fetched.", error);
    return say(href, `${label}: the connection was lost; try again.`, true);
  }
}

async function keep(answer) {
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? DEFAULT_NAME;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Words under the links; those of a finished export stay until the next one speaks. */
function say(href, words, over = false) {
  told.set(href, words);
  const text = [...told.values()].join("\n");
  if (over) told.delete(href);
  for (const place of document.querySelectorAll(".ctjp-exports [role=status]")) place.textContent = text;
}
