// Step, axis and view in the page's address, so that a copied link shows what its sender saw.
// The server writes other parameters there; each side leaves the other's alone.

const WRITE_MS = 300;
const AXES = ["share", "step", "seconds", "evaluations"];
const ACCEPTED = { step: "a number from 0 to 100, per cent of the run", axis: AXES.join(", "), scale: "shared", view: "presenter" };
const READ = {
  step: (text) => (/^\d{1,3}(\.\d{1,4})?$/.test(text) && Number(text) <= 100 ? Number(text) / 100 : undefined),
  axis: (text) => (AXES.includes(text) ? text : undefined),
  scale: (text) => (text === "shared" ? text : undefined),
  view: (text) => (text === "presenter" ? text : undefined),
};

export class Address {
  /** wanted: function that returns {step, axis, scale, view}; undefined values are left out of the address. */
  constructor(wanted) {
    this.wanted = wanted;
  }

  /** {step: share 0 … 1, axis, scale, view, notice}: what the address asks for; `notice` names what it asks for in vain. */
  static read() {
    const parameters = new URLSearchParams(location.search);
    const found = { notice: "" };
    const junk = [];
    for (const [name, parse] of Object.entries(READ)) {
      const text = parameters.get(name);
      if (text === null) continue;
      found[name] = parse(text);
      if (found[name] === undefined) junk.push(name);
    }
    const received = junk.map((name) => `${name} “${parameters.get(name).slice(0, 40)}” (accepted: ${ACCEPTED[name]})`);
    if (junk.length) found.notice = `The address asks for what there is not, so the default is shown: ${received.join("; ")}.`;
    return found;
  }

  /** Bring the address up to date, soon: a slider moves faster than browsers let an address change. */
  write() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const url = new URL(location.href);
      for (const [name, value] of Object.entries(this.wanted())) {
        if (value === undefined) url.searchParams.delete(name);
        else url.searchParams.set(name, value);
      }
      if (url.href !== location.href) history.replaceState(history.state, "", url);
    }, WRITE_MS);
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
