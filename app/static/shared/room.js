// The address under which others in the room open this page. The server knows it (app/web/room.py).

import { isSetting } from "./address-bar.js";

const base = new URL(import.meta.url).pathname.split("/assets/")[0];
// What only the presenter's own window is for.
const OWN = ["view", "tour"];

/** Shown by page/room-code.js. */
export const SHOW_CODE = "ctjp-room-code";

/**
 * @returns {Promise<{origin: string, others: string[], note: string, command: string}>} see app/web/room.py
 */
export async function askRoom() {
  try {
    const answer = await fetch(`${base}/room.json`, { cache: "no-store" });
    return await answer.json();
  } catch {
    return { origin: "", others: [], note: "The server does not answer just now. Try again.", command: "" };
  }
}

/**
 * The page's address as others open it; the page's own where nobody else can.
 * @param {{origin: string}} room
 */
export function roomLink({ origin }) {
  return (origin || location.origin) + location.pathname + location.search;
}

/** Path and parameters of this page, as short as a QR code wants them: a run brings its settings along. */
export function shortPath() {
  const { pathname, searchParams } = new URL(location.href);
  const named = searchParams.has("run");
  for (const name of [...searchParams.keys()]) {
    if (OWN.includes(name) || (named && isSetting(name))) searchParams.delete(name);
  }
  const query = searchParams.toString();
  return pathname + (query ? `?${query}` : "");
}

/** Address of the picture of the QR code of a path of this server. */
export const codeAddress = (path) => `${base}/room/code.svg?to=${encodeURIComponent(path)}`;
