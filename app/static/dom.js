// Elements made from data: text is never parsed as HTML.

/** An element with properties and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** A style sheet beside this script. */
export async function sheet(name) {
  const made = new CSSStyleSheet();
  await made.replace(await (await fetch(new URL(name, import.meta.url))).text());
  return made;
}

/**
 * What Streamlit calls on mounting and whenever `data` changes: makes one view per place and updates it.
 * `View` has update(data, act), where act(name, id) tells the page what was pressed; `style` is one sheet or several.
 * It may have destroy(), for what would outlive its place.
 */
export function mounter(View, style) {
  const views = new WeakMap();
  return ({ data, parentElement, setTriggerValue }) => {
    let view = views.get(parentElement);
    if (!view) {
      parentElement.adoptedStyleSheets = [style].flat();
      view = new View(parentElement);
      views.set(parentElement, view);
    }
    view.update(data, (act, id) => setTriggerValue("act", { act, id }));
    // Streamlit also calls the clean-up of a superseded call; only a detached place means the end.
    return () => setTimeout(() => {
      if (parentElement.isConnected) return;
      view.destroy?.();
      views.delete(parentElement);
    });
  };
}
