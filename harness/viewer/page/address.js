/** The state of the page is its address behind "#", so that every choice and every sample has a link. */

const SHOWN_ALONE = new Set(["sample", "view"]);

/** The parameters of the address. */
export function parameters() {
  return new URLSearchParams(location.hash.slice(1));
}

/** Those that choose rows. */
export function query() {
  const found = parameters();
  for (const name of SHOWN_ALONE) {
    found.delete(name);
  }
  return found;
}

/** The address after changes: name → one value, several, or null for none. */
export function changed(changes, base = parameters()) {
  const next = new URLSearchParams(base);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const one of [value].flat()) {
      if (one !== null && one !== "") {
        next.append(name, one);
      }
    }
  }
  return `#${next}`;
}

/** The same as the target of a link. */
export const link = (changes, base) => `./${changed(changes, base)}`;

/** Go to an address; moving from sample to sample leaves no trail for the back button. */
export function go(hash, { replace = false } = {}) {
  if (hash === location.hash) {
    return;
  }
  if (replace) {
    history.replaceState(null, "", hash);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = hash;
  }
}

/** Ask the server; an error has the message of the server. */
export async function ask(name, parameters = new URLSearchParams(), signal = undefined) {
  const text = new URLSearchParams(parameters).toString();
  let response;
  try {
    response = await fetch(text ? `${name}?${text}` : name, { signal });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Error("The server does not answer. Is harness view still running?");
  }
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    throw new Error(answer.error ?? `The server answers ${response.status}.`);
  }
  return response.json();
}
