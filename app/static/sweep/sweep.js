// A sweep as a grid of pictures with their measurements; follows it until every cell has ended.

import { changeAddress } from "../shared/address-bar.js";
import { element, mounter, sheets } from "../shared/dom.js";
import { formatNumber } from "../shared/format.js";
import { MEASURES } from "../shared/measures.js";
import { Poller } from "../shared/polling.js";
import { SweepCell } from "./sweep-cell.js";
import { Tradeoff } from "./tradeoff.js";

const POLL_MS = 700;
const style = await sheets(import.meta.url, "./sweep.css", "./tradeoff.css");

class SweepGrid {
  constructor(root) {
    this.root = root;
    this.prompt = element("h2");
    this.reading = element("p"); // what of the prompt the models do not know
    this.chip = element("span", { className: "chip", role: "status" });
    this.meta = element("span", { className: "meta" });
    this.save = element("a", { className: "save", textContent: "Save as PNG", hidden: true });
    this.changed = element("p", { className: "quiet" }); // settings that are not swept
    this.hint = element("p", { className: "hint" });
    this.grid = element("div", {
      className: "grid",
      role: "table",
      "aria-label": "Pictures by the values of the axes",
    });
    this.legend = element("p", { className: "legend" });
    this.spread = element("table", { hidden: true });
    this.header = element("header", {}, this.prompt, this.chip, this.meta, this.save);
    const parts = [this.header, this.reading, this.changed, this.hint, this.grid, this.legend, this.spread];
    root.append(element("div", { className: "sweep" }, ...parts));
    this.poller = this.makePoller();
  }

  makePoller() {
    return new Poller({
      address: () => `${this.data.base}/sweeps/${this.shown}.json${this.known()}`,
      every: POLL_MS,
      take: (state) => this.take(state),
      onTrouble: (sentence) => sentence && this.say(sentence),
      onRefused: (sentence, status) =>
        this.refuse(status === 404 ? "This sweep is not stored here (any more)." : sentence),
    });
  }

  update(data, act) {
    this.data = data;
    this.act = act;
    this.hint.textContent = data.look;
    this.setTradeoff(data.flat);
    const same = data.sweep === this.shown;
    if (same && (this.poller.running || !data.active)) return;
    if (!same) this.drawn = undefined;
    this.shown = data.sweep;
    this.watched = data.active;
    this.poller.start();
  }

  /** Two sliders for a sweep over one setting; a sweep over two is a grid alone. */
  setTradeoff(wanted) {
    if (wanted && !this.tradeoff) {
      this.tradeoff = new Tradeoff(this.root, this.data, (gap) => this.act("between", String(gap)));
      this.header.append(this.tradeoff.page.tools);
      this.hint.after(this.tradeoff.node);
    }
    if (!wanted && this.tradeoff) {
      this.tradeoff.destroy();
      this.tradeoff.node.remove();
      this.tradeoff.page.tools.remove();
      this.tradeoff = undefined;
      changeAddress((parameters) => ["value", "step", "view"].forEach((name) => parameters.delete(name)));
    }
    this.tradeoff?.update();
  }

  /** What the server need not tell again. */
  known() {
    const known = this.tradeoff?.rows.known(this.state);
    return known && this.state.id === this.shown ? `?known=${known}` : "";
  }

  destroy() {
    this.poller.stop();
    this.tradeoff?.destroy();
  }

  take(state) {
    this.state = state;
    this.draw(state);
    if (state.tradeoff) this.tradeoff?.show(state);
    if (state.active) return false;
    this.end();
    return true;
  }

  refuse(sentence) {
    this.say(sentence);
    this.chip.dataset.active = "false";
    this.end();
  }

  /** Tell the page once that what it watched has ended. */
  end() {
    if (this.watched) this.act("ended", this.shown);
    this.watched = false;
  }

  say(text) {
    if (this.chip.textContent !== text) this.chip.textContent = text;
  }

  draw(state) {
    const seed = state.seed === null ? [] : [`seed ${state.seed}`];
    this.prompt.textContent = `“${state.prompt}”`;
    this.reading.textContent = state.reading;
    this.changed.textContent = state.changed && `Changed from the defaults: ${state.changed}`;
    this.say(`${state.done} of ${state.total} painted`);
    this.chip.dataset.active = state.active;
    this.meta.textContent = [...state.painters, ...seed].join(" · ");
    this.save.hidden = state.active || !state.done;
    this.save.href = `${this.data.base}/sweeps/${state.id}.png`;
    this.save.download = "sweep.png";
    const text = JSON.stringify(state.cells);
    if (text === this.drawn) return;
    if (this.drawn === undefined) this.layOut(state);
    this.drawn = text;
    state.cells.forEach((cell, place) => this.cells[place].draw(cell));
    this.drawSpread(state.spread);
  }

  /** Labels and empty cells; they keep their places while the pictures come. */
  layOut({ x, y, cells, reference, scale }) {
    const columns = x.values.length;
    this.grid.style.setProperty("--columns", columns);
    this.grid.classList.toggle("flat", !y);
    this.cells = cells.map(() => new SweepCell(this.data.base, x, y, reference));
    const nodes = this.cells.map(({ node }) => node);
    const rows = (y?.values ?? [""]).map((value, row) => {
      const label = y ? [axisLabel("label down", "rowheader", y.label, value)] : [];
      return tableRow(...label, ...nodes.slice(row * columns, (row + 1) * columns));
    });
    const corner = y ? [element("div", { className: "corner", role: "columnheader" })] : [];
    const heads = x.values.map((value) => axisLabel("label", "columnheader", x.label, value));
    this.grid.replaceChildren(tableRow(...corner, ...heads), ...rows);
    const tick = reference ? "; the tick is the median of real pictures" : "";
    const bars = `Judges' scores: ${scale}. Bars run from 0 to 1 in every cell${tick}.`;
    this.legend.textContent = `${bars} Click a picture to open its run.`;
  }

  /** Means over the seeds, where there are several. */
  drawSpread(spread) {
    this.spread.hidden = !spread.some(({ number }) => number);
    const titles = ["", "seeds", ...MEASURES.map(({ short }) => short)];
    this.spread.replaceChildren(
      element("caption", { textContent: "Mean over the seeds (lowest to highest)" }),
      element("tr", {}, ...titles.map((text) => element("th", { scope: "col", textContent: text }))),
      ...spread.map(spreadRow),
    );
  }
}

const tableRow = (...parts) => element("div", { className: "row", role: "row" }, ...parts);

function axisLabel(className, role, label, value) {
  return element("div", { className, role }, element("small", { textContent: label }), value);
}

function spreadRow(row) {
  return element(
    "tr",
    {},
    element("th", { scope: "row", textContent: row.label || "all" }),
    element("td", { textContent: row.number }),
    ...MEASURES.map(({ key }) => element("td", { textContent: rangeText(row[key]) })),
  );
}

function rangeText(found) {
  if (!found) return "–";
  return `${formatNumber(found.mean)} (${formatNumber(found.low)} to ${formatNumber(found.high)})`;
}

export default mounter(SweepGrid, style);
