// A text field is committed a moment after it loses the focus. Streamlit's own page links do not wait for
// that: the field's late message then names the page that was left, and the visitor lands there again. So a
// link clicked straight from a field waits for the field first.

const COMMIT_MS = 250;
const FIELDS = "input, textarea";
let lastLeft = -Infinity; // when a field last lost the focus

function noteLeaving(event) {
  if (event.target.matches?.(FIELDS)) lastLeft = performance.now();
}

function holdLink(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || !event.isTrusted || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (document.activeElement?.matches(FIELDS)) document.activeElement.blur();
  if (performance.now() - lastLeft > COMMIT_MS) return;
  event.preventDefault();
  event.stopPropagation();
  setTimeout(() => link.click(), COMMIT_MS);
}

addEventListener("focusout", noteLeaving, true);
addEventListener("click", holdLink, true);
