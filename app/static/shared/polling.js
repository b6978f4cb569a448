// Asks an address again and again: the one way in which the browser follows something that the server is
// doing.

const LONGEST_WAIT_MS = 8000;
const MOST_BUGS = 5; // answers with status 500 in a row, after which asking again is of no use
/** What is said while nothing answers. */
export const CONNECTION_LOST = "Connection lost, trying again";

/**
 * An answer that ends the asking: what was asked for is not there (any more), is refused, or wants a
 * password.
 */
class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/**
 * An answer after which the same question may succeed; `wait`: how long the server asks for, in milliseconds.
 */
class Trouble extends Error {
  constructor(status, text, wait) {
    super(text);
    this.status = status;
    this.wait = wait;
  }
}

/**
 * Asks until take() returns true. While the server cannot answer, it asks more and more rarely, up to every
 * eight seconds. Questions never overlap, and nothing is told of a question that was given up.
 */
export class Poller {
  /**
   * @param {object} options
   * @param {() => string} options.address made anew for every question
   * @param {(data: any, signal: AbortSignal) => any} options.take what to do with an answer; true (or a
   *   promise of it) ends it
   * @param {number} options.every milliseconds between an answer and the next question
   * @param {(sentence: string) => void} [options.onTrouble] why there is no answer for now; "" when there is
   *   one again
   * @param {(sentence: string, status: number) => void} [options.onRefused] the asking has ended without
   *   success
   * @param {(answer: Response) => any} [options.read] what take() gets of an answer
   */
  constructor({ address, take, every, onTrouble = () => {}, onRefused = () => {}, read = readJson }) {
    this.address = address;
    this.take = take;
    this.every = every;
    this.onTrouble = onTrouble;
    this.onRefused = onRefused;
    this.read = read;
    this.running = false;
  }

  /** Give up what is on its way, and ask at once. */
  start() {
    this.stop();
    this.stopping = new AbortController();
    this.failures = 0;
    this.running = true;
    this.ask(this.stopping.signal);
  }

  /** Ask now instead of later. */
  nudge() {
    if (this.timer === undefined) return;
    this.pause();
    this.ask(this.stopping.signal);
  }

  stop() {
    this.stopping?.abort();
    this.pause();
    this.running = false;
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  async ask(signal) {
    let wait;
    try {
      if (await this.question(signal)) return this.stop();
      wait = this.every; // the answer may have changed it
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof Refusal) return this.refuse(error);
      wait = this.trouble(error);
    }
    if (!signal.aborted) this.timer = setTimeout(() => this.nudge(), wait);
    return undefined;
  }

  /** One question and its answer; whether it was the last. */
  async question(signal) {
    const answer = await fetch(this.address(), { cache: "no-store", signal });
    if (!answer.ok) throw await failure(answer, this.failures);
    const data = await this.read(answer);
    signal.throwIfAborted();
    if (this.failures) this.onTrouble("");
    this.failures = 0;
    const done = await this.take(data, signal);
    signal.throwIfAborted();
    return done === true;
  }

  refuse(error) {
    this.stop();
    this.onRefused(error.message, error.status);
  }

  /** Say what is wrong; returns how long to wait. */
  trouble(error) {
    this.failures += 1;
    console.warn(`${this.address()} could not be fetched; trying again.`, error);
    this.onTrouble((error instanceof Trouble && error.message) || CONNECTION_LOST);
    const slower = Math.min(this.every * 2 ** this.failures, LONGEST_WAIT_MS);
    const scattered = slower * (0.8 + 0.4 * Math.random()); // a whole class must not come back in one instant
    return Math.max(scattered, error.wait ?? 0);
  }
}

/** The answer's data. A proxy's page in HTML is no answer. */
async function readJson(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  if (!type.includes("application/json")) throw new Trouble(answer.status, "");
  return answer.json();
}

/**
 * What an answer without success means: our own sentences are plain text, anything else is not meant for
 * people.
 */
async function failure(answer, failures) {
  const ours = (answer.headers.get("Content-Type") ?? "").startsWith("text/plain");
  const text = ours ? await answer.text() : "";
  const { status } = answer;
  const final = status < 500 && status !== 408 && status !== 429;
  if (final || (status === 500 && failures >= MOST_BUGS)) {
    return new Refusal(status, text || `The server refused to answer (status ${status}). Reload the page.`);
  }
  const seconds = Number(answer.headers.get("Retry-After"));
  return new Trouble(status, text, Number.isFinite(seconds) ? 1000 * seconds : 0);
}
