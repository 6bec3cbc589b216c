// Panels: each asks Prometheus by itself, and shows what came, that nothing came, or what went wrong.

import { instant, range } from "./prometheus.js";
import { draw } from "./plot.js";
import { text } from "./units.js";
import { filledIn, stepFor } from "./variables.js";

/** Curves of one plot; more could not be told apart. */
const MOST_SERIES = 24;

const EKS_ONLY = "On EKS only";

const ROW_PIXELS = 30;

const WORDS = { yellow: "high", red: "too high" };

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** The frame of a panel, with nothing in it yet. */
export function frame(panel) {
  if (panel.type === "row") return element("h2", { textContent: panel.title });
  const article = element(
    "article",
    { className: "panel" },
    element("h3", { textContent: panel.title }),
    element("p", { className: "what", textContent: panel.description, title: panel.description }),
    element("div", { className: "content" }),
  );
  article.dataset.type = panel.type;
  article.dataset.state = "loading";
  article.style.setProperty("--columns", panel.gridPos.w);
  article.style.setProperty("--height", `${panel.gridPos.h * ROW_PIXELS - 60}px`);
  return article;
}

/**
 * Asks for a panel's data and shows it. What is there stays until something new has come.
 *
 * @param {object} panel of the dashboard's JSON
 * @param {HTMLElement} article its frame
 * @param {{chosen: object, start: number, end: number, signal: AbortSignal}} context
 */
export async function fill(panel, article, context) {
  const content = article.querySelector(".content");
  try {
    const shown = await KINDS[panel.type](panel, content, context);
    article.dataset.state = shown ? "drawn" : "empty";
    if (!shown) content.replaceChildren(message(nothing(panel)));
  } catch (error) {
    if (error.name === "AbortError") return;
    article.dataset.state = "failed";
    content.replaceChildren(message(error.message));
  }
}

const KINDS = { timeseries, stat, table };

async function timeseries(panel, content, context) {
  const seconds = context.end - context.start;
  const step = stepFor(seconds, content.clientWidth);
  // On whole steps, so that a new point does not move all others.
  const end = Math.floor(context.end / step) * step;
  const time = { start: end - Math.floor(seconds / step) * step, end, step };
  const answers = await Promise.all(
    panel.targets.map(async (target) => {
      const found = await range(filledIn(target.expr, context.chosen, { seconds, step }), time, context.signal);
      return found.map((series) => ({ label: legend(target, series.metric), values: series.values }));
    }),
  );
  const all = answers.flat();
  if (all.length === 0) return false;
  const series = largest(all, MOST_SERIES);
  const { defaults } = panel.fieldConfig;
  const stack = defaults.custom?.stacking?.mode === "normal";
  const height = Math.max(content.clientHeight - 30, 110);
  content.plot?.destroy();
  content.plot = draw(content, series, time, { title: panel.title, unit: defaults.unit, stack, max: defaults.max, height });
  if (series.length < all.length) {
    const words = `${series.length} of ${all.length} curves, the largest. Choose a namespace or an application for the others.`;
    content.append(element("p", { className: "cut", textContent: words }));
  }
  return true;
}

/** The series with the largest values, in the order in which they came. */
function largest(series, count) {
  const size = ({ values }) => values.reduce((most, [, value]) => Math.max(most, Number(value) || 0), 0);
  const kept = new Set([...series].sort((one, other) => size(other) - size(one)).slice(0, count));
  return series.filter((each) => kept.has(each));
}

async function stat(panel, content, context) {
  const found = await now(panel, context);
  if (found.length === 0) return false;
  const { unit, thresholds } = panel.fieldConfig.defaults;
  const numbers = found.map(({ label, value }) =>
    element(
      "div",
      {},
      element("strong", { className: colour(value, thresholds) }, text(value, unit), ...judged(value, thresholds)),
      ...(found.length > 1 ? [element("span", { textContent: label })] : []),
    ),
  );
  content.replaceChildren(element("div", { className: "numbers" }, ...numbers));
  return true;
}

async function table(panel, content, context) {
  const found = (await now(panel, context)).sort((one, other) => other.value - one.value);
  if (found.length === 0) return false;
  const { unit, thresholds } = panel.fieldConfig.defaults;
  const columns = [...new Set(found.flatMap(({ metric }) => Object.keys(metric)))].filter((name) => name !== "__name__");
  const largest = Math.max(...found.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  const head = element("tr", {}, ...[...columns, ""].map((name) => element("th", { textContent: name })));
  const rows = found.map(({ metric, value }) => {
    const bar = element("div", { className: colour(value, thresholds) }, text(value, unit), ...judged(value, thresholds));
    bar.style.setProperty("--share", `${Math.max((Math.abs(value) / largest) * 100, 0)}%`);
    const cells = columns.map((name) => element("td", { textContent: metric[name] ?? "" }));
    return element("tr", {}, ...cells, element("td", { className: "value" }, bar));
  });
  const whole = element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
  content.replaceChildren(element("div", { className: "rows" }, whole));
  return true;
}

/** The first query's series of the end of what is shown. */
async function now(panel, context) {
  const [target] = panel.targets;
  const seconds = context.end - context.start;
  const query = filledIn(target.expr, context.chosen, { seconds, step: stepFor(seconds, 400) });
  const found = await instant(query, context.end, context.signal);
  return found
    .map(({ metric, value }) => ({ metric, label: legend(target, metric), value: Number(value[1]) }))
    .filter(({ value }) => !Number.isNaN(value));
}

/** A series' name: `{{label}}` of the target's text, or all its labels. */
function legend(target, metric) {
  if (target.legendFormat) {
    return target.legendFormat.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => metric[name] ?? "").trim() || "no label";
  }
  return Object.entries(metric).filter(([name]) => name !== "__name__").map(([, value]) => value).join(" ");
}

/** The colour of the last step that a value has reached. */
function colour(value, thresholds) {
  const steps = thresholds?.steps ?? [];
  const reached = steps.filter((step) => step.value === null || step.value === undefined || value >= step.value);
  return reached.at(-1)?.color ?? "";
}

/** The same in a word, for who can't tell colours apart or hears the page. Every limit of ours is one from above. */
function judged(value, thresholds) {
  const word = WORDS[colour(value, thresholds)];
  return word ? [element("small", { className: "judged", textContent: ` ${word}` })] : [];
}

function nothing(panel) {
  return panel.description.startsWith(EKS_ONLY) ? "No data: there is no Karpenter here" : "No data in this time";
}

function message(words) {
  return element("div", { className: "message", textContent: words });
}
