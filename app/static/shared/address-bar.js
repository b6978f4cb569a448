// The parameters of the page's address. The server, the player and the link each write their own and leave
// the others'.

/** @returns {URLSearchParams} */
export function addressParameters() {
  return new URLSearchParams(location.search);
}

/**
 * Change parameters of the address without a step in the browser's history.
 * @param {(parameters: URLSearchParams) => void} change
 */
export function changeAddress(change) {
  const url = new URL(location.href);
  change(url.searchParams);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

const SETTINGS = ["prompt", "seed", "painters", "v"]; // v: which version of the defaults is meant

/** Whether a parameter of this name is a setting of the form. */
export const isSetting = (name) => SETTINGS.includes(name) || name.includes(".");
