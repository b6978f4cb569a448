// Numbers as people read them.

/** A figure with two decimals and a true minus sign. */
export function figure(value) {
  return Number.isFinite(value) ? value.toFixed(2).replace(/^-(0\.00)$/, "$1").replace("-", "−") : "–";
}

/** Seconds in words: "8 s", "1 min 20 s". */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
