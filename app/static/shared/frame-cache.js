// Pictures by painter and step: fetched once, decoded, kept within a limit.

import { fetchBitmap } from "./canvas.js";
import { nearest } from "./format.js";

const AT_ONCE = 6; // what a browser opens to one host over HTTP/1
const LIMIT = 192e6; // bytes of decoded pictures
const AHEAD = 0.9; // share of the limit that pictures nobody has looked at yet may fill
const RETRY_MS = 1000; // after a first failure; each further one doubles it
const LONGEST_RETRY_MS = 30_000;

/** The pictures of one run at a time. */
export class FrameCache {
  /** @param {() => void} onReady a picture has come, or one that failed may be wanted again */
  constructor(onReady) {
    this.onReady = onReady;
    this.show("");
  }

  /**
   * Pictures of another run from now on.
   * @param {string} folder the part of their address that they share
   */
  show(folder) {
    this.clear();
    this.folder = folder;
  }

  clear() {
    for (const { bitmap } of this.kept?.values() ?? []) bitmap.close();
    this.stopping?.abort();
    this.stopping = new AbortController();
    for (const { timer } of this.failed?.values() ?? []) clearTimeout(timer);
    this.kept = new Map(); // address → {painter, step, bitmap}, least recently used first
    this.steps = new Map(); // painter → steps that are kept
    this.failed = new Map(); // address → {tries, timer}
    this.urgent = new Map(); // painter → step; only the newest wish counts
    this.later = [];
    this.busy = new Set();
    this.bytes = 0;
  }

  address(painter, step) {
    return `${this.folder}/${painter}/${step}.png`;
  }

  /** Fetch this picture next. */
  want(painter, step) {
    if (this.has(painter, step)) return;
    this.urgent.set(painter, step);
    this.pump();
  }

  /** @param {[string, number][]} list pictures to fetch while nothing else is wanted */
  prefetch(list) {
    this.later = list.filter(([painter, step]) => !this.has(painter, step));
    this.pump();
  }

  has(painter, step) {
    return this.kept.has(this.address(painter, step));
  }

  /**
   * The decoded picture of this step, or of the nearest one that has come.
   * @returns {{step: number, bitmap: ImageBitmap} | undefined}
   */
  nearest(painter, step) {
    const best = this.has(painter, step) ? step : nearest([...(this.steps.get(painter) ?? [])], step);
    if (best === undefined) return undefined;
    const address = this.address(painter, best);
    const picture = this.kept.get(address);
    this.kept.delete(address);
    this.kept.set(address, picture); // the most recently used is the last
    return picture;
  }

  pump() {
    while (this.busy.size < AT_ONCE) {
      const next = this.next();
      if (!next) return;
      this.load(...next);
    }
  }

  next() {
    for (const [painter, step] of this.urgent) {
      this.urgent.delete(painter);
      if (this.mayLoad(painter, step)) return [painter, step];
    }
    while (this.later.length && this.bytes < LIMIT * AHEAD) {
      const [painter, step] = this.later.shift();
      if (this.mayLoad(painter, step)) return [painter, step];
    }
    return undefined;
  }

  mayLoad(painter, step) {
    const address = this.address(painter, step);
    const waiting = this.failed.get(address)?.timer !== undefined;
    return !this.kept.has(address) && !this.busy.has(address) && !waiting;
  }

  async load(painter, step) {
    const { signal } = this.stopping;
    const address = this.address(painter, step);
    this.busy.add(address);
    try {
      const bitmap = await fetchBitmap(address, signal);
      this.keep(address, { painter, step, bitmap });
    } catch (error) {
      if (signal.aborted) return;
      this.fail(address, error);
    }
    this.busy.delete(address);
    this.onReady();
    this.pump();
  }

  /** The picture may be asked for again after a while, and longer each time. */
  fail(address, error) {
    console.warn(`The picture ${address} could not be fetched.`, error);
    const tries = (this.failed.get(address)?.tries ?? 0) + 1;
    const again = () => {
      this.failed.set(address, { tries });
      this.onReady();
    };
    const wait = Math.min(RETRY_MS * 2 ** (tries - 1), LONGEST_RETRY_MS);
    this.failed.set(address, { tries, timer: setTimeout(again, wait) });
  }

  keep(address, picture) {
    this.failed.delete(address);
    this.kept.set(address, picture);
    if (!this.steps.has(picture.painter)) this.steps.set(picture.painter, new Set());
    this.steps.get(picture.painter).add(picture.step);
    this.bytes += sizeOf(picture);
    if (this.bytes > LIMIT) this.evict();
  }

  /** Drop what was used longest ago, whosever it is, but never a painter's only picture. */
  evict() {
    for (const [address, picture] of this.kept) {
      const steps = this.steps.get(picture.painter);
      if (steps.size === 1) continue;
      steps.delete(picture.step);
      this.kept.delete(address);
      this.bytes -= sizeOf(picture);
      picture.bitmap.close();
      if (this.bytes <= LIMIT) return;
    }
  }
}

const sizeOf = ({ bitmap }) => 4 * bitmap.width * bitmap.height;
