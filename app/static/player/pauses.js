// How long the player waits before it asks about its run again.

/** Milliseconds while a run is being painted or is next in line. */
export const POLL_MS = 250;
const TURN_MS = 500; // for each run ahead in line, to leave the machine to painting
const LONGEST_TURN_MS = 4000;
const STARTING_MS = 80; // until the first picture of a run that is next, or has begun
const RESUME_MS = 3000; // the server takes an interrupted run up again by itself

/**
 * Milliseconds until the next question.
 * @param {any} state what the server says of the run
 * @param {import("../shared/run-rows.js").RunRows} rows those that have come
 */
export function pauseAfter({ active, status, ahead }, rows) {
  if (!active) return RESUME_MS;
  if (status === "queued" && ahead > 1) return Math.min(TURN_MS * ahead, LONGEST_TURN_MS);
  const starting = status === "running" || !ahead;
  return starting && !rows.all().length ? STARTING_MS : POLL_MS;
}
