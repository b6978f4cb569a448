// A row of terms that explain themselves, for pages whose texts are Streamlit's own.

import { element, mounter, sheets } from "../shared/dom.js";
import { term } from "../shared/glossary.js";

class GlossaryRow {
  constructor(root, { terms }) {
    root.append(element("p", { className: "glossary" }, ...terms.map((key) => term(key))));
  }

  /** The terms of a page stay the same. */
  update() {}

  destroy() {}
}

export default mounter(GlossaryRow, await sheets(import.meta.url));
