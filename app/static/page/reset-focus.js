// The button that resets a setting is disabled by that and loses the focus: the setting's field takes it, so
// that whoever works by keyboard goes on where they were.

// Streamlit's class for the key in app/components/form_fields.py.
const RESET = "[class*='st-key-reset-knob'] button";
let wanted; // name of the field, until something else is pressed

function focusField(row) {
  const field = row?.querySelector("input");
  wanted = field?.ariaLabel;
  field?.focus();
}

for (const pressed of ["pointerdown", "keydown"]) addEventListener(pressed, () => (wanted = undefined), true);

addEventListener(
  "click",
  ({ target }) => {
    const button = target.closest?.(RESET);
    if (button) focusField(button.closest("[data-testid=stHorizontalBlock]"));
  },
  true,
);

// A selection gives the focus away when it is drawn with its new value.
addEventListener("focusout", ({ target, relatedTarget }) => {
  if (!wanted || relatedTarget || target.ariaLabel !== wanted) return;
  const name = wanted;
  wanted = undefined;
  requestAnimationFrame(() => {
    document.querySelector(`[data-testid=stPopoverBody] input[aria-label="${CSS.escape(name)}"]`)?.focus();
  });
});
