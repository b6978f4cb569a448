"""From input to picture: `python -m tests.bench.player [INPUTS]` measures the player in a real browser.

Serves the app with its own pack in a fresh store, opens the example run, and moves the step slider by the
keyboard and by clicks on its track. A move is timed in the page, from the browser's own time stamp of the
input to the frame after the one in which all three pictures are those of the wanted step, and to that in
which the charts' marks stand there too.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from core.base.environment import pack_name
from tests.support.browser import Watched, launch
from tests.support.serving import serving

INPUTS = 200
# Keeps, for every input, when all that depends on it was on the screen.
WATCH = """
() => {
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  const host = hosts.find((one) => one.shadowRoot.querySelector(".player"));
  const root = host.shadowRoot;
  const player = root.querySelector(".player");
  const canvases = [...root.querySelectorAll(".panel canvas:not(.b)")];
  const paths = () => [...root.querySelectorAll(".chart svg path[stroke=white]")];
  const marks = () => paths().map((path) => path.getAttribute("transform")).join();
  const steps = () => canvases.map((canvas) => canvas.dataset.step).join();
  const shown = () => canvases.every((c) => c.dataset.shown === c.dataset.step);
  window.done = [];
  let open;
  const begin = (event) => { open = { began: event.timeStamp, steps: steps(), marks: marks() }; };
  player.querySelector("input[type=range]").addEventListener("input", begin, true);
  addEventListener("keydown", begin, true);
  // What was drawn by the end of one frame is on the screen when the next one begins.
  const look = (now) => {
    if (open?.drawn) open.picture ??= now;
    if (open?.charted) {
      window.done.push([open.picture - open.began, now - open.began]);
      open = undefined;
    }
    if (open && steps() !== open.steps && shown()) open.drawn = true;
    if (open?.drawn && marks() !== open.marks) open.charted = true;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""


def measure(page: Page, inputs: int) -> list[tuple[float, float]]:
    """[(ms to the pictures, ms to the charts)] of so many moves of the slider."""
    page.evaluate(WATCH)
    slider = page.get_by_label("Step of all painters")
    box = slider.bounding_box()
    for number in range(inputs):
        if number % 2:
            page.keyboard.press("ArrowLeft" if number % 4 == 1 else "ArrowRight")
        else:  # a far jump, to a place away from both ends, where an arrow still moves
            share = 0.08 + 0.84 * ((number * 0.618034) % 1)
            page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_function("count => window.done.length >= count", arg=number + 1)
    return page.evaluate("window.done")


def report(times: list[tuple[float, float]]) -> list[str]:
    """One line per measure: median, 95th percentile and worst in ms."""
    lines = []
    for name, values in zip(("pictures", "pictures and charts"), zip(*times, strict=True), strict=True):
        p95 = statistics.quantiles(values, n=20)[-1]
        spread = f"p95 {p95:.0f} ms, worst {max(values):.0f} ms, n {len(values)}"
        lines.append(f"{name}: p50 {statistics.median(values):.0f} ms, {spread}")
    return lines


def main(inputs: int = INPUTS) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        with serving(Path(folder) / "store", pack_name(), Path(folder) / "log") as (address, _):
            one = Watched(browser, address).open()
            one.status("done")
            one.page.wait_for_selector(".chart.plane svg path[stroke=white]")
            one.page.wait_for_load_state("networkidle")  # every picture is prefetched
            for line in report(measure(one.page, inputs)):
                print(line, flush=True)
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else INPUTS)
