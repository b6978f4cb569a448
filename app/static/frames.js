// Pictures by painter and step: fetched once, decoded, kept within a limit.

const AT_ONCE = 6; // what a browser opens to one host over HTTP/1
const LIMIT = 192e6; // bytes of decoded pictures
const TRIES = 3;

export class Frames {
  constructor(onReady) {
    this.onReady = onReady;
    this.show("");
  }

  /** Pictures of another run from now on; `folder` is the part of their address that they share. */
  show(folder) {
    this.clear();
    this.folder = folder;
  }

  address(painter, step) {
    return `${this.folder}/${painter}/${step}.png`;
  }

  clear() {
    for (const steps of this.loaded?.values() ?? []) for (const bitmap of steps.values()) bitmap.close();
    this.loaded = new Map(); // painter → step → ImageBitmap, least recently used first
    this.failed = new Map(); // address → tries
    this.urgent = new Map(); // painter → step; only the newest wish counts
    this.later = [];
    this.busy = new Set();
    this.bytes = 0;
    this.era = Symbol("era"); // pictures that arrive for an earlier run are dropped
  }

  want(painter, step) {
    if (this.has(painter, step)) return;
    this.urgent.set(painter, step);
    this.pump();
  }

  prefetch(list) {
    this.later = list.filter(([painter, step]) => !this.has(painter, step));
    this.pump();
  }

  has(painter, step) {
    return this.loaded.get(painter)?.has(step) ?? false;
  }

  /** {step, bitmap}: the decoded picture of this step, or of the nearest one that has come. */
  nearest(painter, step) {
    const steps = this.loaded.get(painter);
    if (!steps?.size) return undefined;
    let best = step;
    if (!steps.has(step)) best = [...steps.keys()].reduce((a, b) => (Math.abs(b - step) < Math.abs(a - step) ? b : a));
    const bitmap = steps.get(best);
    steps.delete(best);
    steps.set(best, bitmap);
    return { step: best, bitmap };
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
    while (this.later.length && this.bytes < LIMIT * 0.9) {
      const [painter, step] = this.later.shift();
      if (this.mayLoad(painter, step)) return [painter, step];
    }
    return undefined;
  }

  mayLoad(painter, step) {
    const address = this.address(painter, step);
    return !this.has(painter, step) && !this.busy.has(address) && (this.failed.get(address) ?? 0) < TRIES;
  }

  async load(painter, step) {
    const era = this.era;
    const address = this.address(painter, step);
    this.busy.add(address);
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const bitmap = await createImageBitmap(await answer.blob());
      if (era !== this.era) return bitmap.close();
      this.keep(painter, step, bitmap);
    } catch (error) {
      this.failed.set(address, (this.failed.get(address) ?? 0) + 1);
      console.warn(`The picture ${address} could not be fetched.`, error);
    }
    if (era !== this.era) return undefined;
    this.busy.delete(address);
    this.onReady();
    this.pump();
    return undefined;
  }

  keep(painter, step, bitmap) {
    if (!this.loaded.has(painter)) this.loaded.set(painter, new Map());
    this.loaded.get(painter).set(step, bitmap);
    this.bytes += 4 * bitmap.width * bitmap.height;
    for (const steps of this.loaded.values()) {
      while (this.bytes > LIMIT && steps.size > 1) {
        const [oldest, picture] = steps.entries().next().value;
        this.bytes -= 4 * picture.width * picture.height;
        picture.close();
        steps.delete(oldest);
      }
    }
  }
}
