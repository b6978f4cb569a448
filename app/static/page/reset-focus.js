// The button that resets a setting is disabled by that and loses the focus: the setting's field takes it, so
// that whoever works by keyboard goes on where they were.

// Streamlit's class for the key in app/components/form_fields.py.
const RESET = "[class*='st-key-reset-knob'] button";
let wanted; // name of the field, until something else is pressed or has the focus
const redrawing = new MutationObserver(takeBack); // at work while the field is gone

function forget() {
  wanted = undefined;
  redrawing.disconnect();
}

function focusField(row) {
  const field = row?.querySelector("input");
  wanted = field?.ariaLabel;
  field?.focus();
}

function takeBack() {
  const field = document.querySelector(
    `[data-testid=stPopoverBody] input[aria-label="${CSS.escape(wanted)}"]`,
  );
  if (!field) return; // a slow server draws it only later
  redrawing.disconnect();
  field.focus();
}

for (const pressed of ["pointerdown", "keydown"]) addEventListener(pressed, forget, true);

addEventListener(
  "click",
  ({ target }) => {
    const button = target.closest?.(RESET);
    if (button) focusField(button.closest("[data-testid=stHorizontalBlock]"));
  },
  true,
);

addEventListener("focusin", ({ target }) => {
  if (wanted && target.ariaLabel !== wanted) forget();
});

// A field that is drawn anew gives the focus away: a selection always does with its new value.
addEventListener("focusout", ({ target, relatedTarget }) => {
  if (!wanted || relatedTarget || target.ariaLabel !== wanted) return;
  requestAnimationFrame(() => {
    if (!wanted) return;
    redrawing.observe(document.body, { childList: true, subtree: true });
    takeBack();
  });
});
