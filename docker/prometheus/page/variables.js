// Grafana's variables: what a person chooses, and what follows from the time that is shown.

/** How often everything is scraped, in seconds. */
const SCRAPE = 30;

/** Selector and label of `label_values(selector, label)`. */
export function labelValuesOf(query) {
  const match = /^label_values\((.+),\s*(\w+)\)$/.exec(query);
  if (!match) throw new Error(`variable query ${query}`);
  return { selector: match[1], label: match[2] };
}

/** Seconds between two points, so that a point is about three pixels wide. */
export function stepFor(seconds, pixels) {
  const wanted = (seconds / Math.max(pixels, 200)) * 3;
  return Math.max(SCRAPE, Math.ceil(wanted / SCRAPE) * SCRAPE);
}

/**
 * A query with everything filled in.
 *
 * @param {string} query with `$name` and `${name}`
 * @param {Object<string, string>} chosen value of each variable; it stands in a regular expression
 * @param {{seconds: number, step: number}} time what is shown, and how finely
 */
export function filledIn(query, chosen, { seconds, step }) {
  const own = {
    __rate_interval: `${Math.max(4 * SCRAPE, step + SCRAPE)}s`,
    __interval: `${step}s`,
    __range: `${seconds}s`,
  };
  return query.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => {
    const name = braced ?? bare;
    if (name in own) return own[name];
    if (name in chosen) return chosen[name] === ALL ? ".*" : quoted(chosen[name]);
    return whole;
  });
}

/** The choice that leaves nothing out. */
export const ALL = "$__all";

/** A value as a regular expression inside a PromQL string. */
function quoted(value) {
  return value.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replace(/[\\"]/g, "\\$&");
}
