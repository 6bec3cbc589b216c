// Puts the page together: what is chosen stands in the address, so that a link shows the same.

import { show as showAlerts } from "./alerts.js";
import { BOARDS, board } from "./boards.js";
import { fill, frame } from "./panels.js";
import { labelValues } from "./prometheus.js";
import { ALL, filledIn, labelValuesOf } from "./variables.js";

const RANGES = { "15m": 900, "1h": 3600, "3h": 10800, "12h": 43200, "24h": 86400, "7d": 604800 };
const REFRESH_MILLISECONDS = 30_000;

const at = (id) => document.getElementById(id);
let running = new AbortController();

/** What the address says: dashboard, range, end, and a value for each variable. */
function state() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const uid = BOARDS.includes(parameters.get("board")) ? parameters.get("board") : BOARDS[0];
  const span = parameters.get("range") in RANGES ? parameters.get("range") : "1h";
  return { uid, span, end: Number(parameters.get("end")) || null, parameters };
}

function address(changes) {
  const parameters = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of Object.entries(changes)) parameters.set(name, value);
  return `#${parameters}`;
}

/** Everything anew: another dashboard, range or choice. */
async function render() {
  const { uid, span, end, parameters } = state();
  try {
    const shown = await board(uid);
    document.title = shown.title;
    at("about").textContent = shown.description;
    await tabs(uid);
    const time = moment(span, end);
    const chosen = await controls(shown, span, parameters, time);
    const frames = shown.panels.map((panel) => [panel, frame(panel)]);
    at("panels").replaceChildren(...frames.map(([, article]) => article));
    await refresh(frames.filter(([panel]) => panel.type !== "row"), chosen, time);
    return () => refresh(frames.filter(([panel]) => panel.type !== "row"), chosen, moment(span, end));
  } catch (error) {
    at("about").textContent = error.message;
    return render;
  }
}

/** First and last second that are shown. */
function moment(span, end) {
  const last = end ?? Date.now() / 1000;
  return { start: last - RANGES[span], end: last };
}

async function refresh(frames, chosen, time) {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  await Promise.all([
    showAlerts(at("alerts")),
    ...frames.map(([panel, article]) => fill(panel, article, { chosen, signal, ...time })),
  ]);
}

async function tabs(current) {
  const links = await Promise.all(
    BOARDS.map(async (uid) => {
      const link = document.createElement("a");
      link.href = address({ board: uid });
      link.textContent = (await board(uid)).title.replace(/^Spark: /, "");
      if (uid === current) link.ariaCurrent = "page";
      return link;
    }),
  );
  at("boards").replaceChildren(...links);
}

/** The choices of a dashboard; a variable's values depend on those before it. */
async function controls(shown, span, parameters, time) {
  const chosen = {};
  const parts = [];
  for (const variable of shown.templating.list.filter(({ type }) => type === "query")) {
    const { selector, label } = labelValuesOf(variable.query);
    const values = await labelValues(filledIn(selector, chosen, { seconds: 3600, step: 30 }), label, time);
    const wanted = parameters.get(`var-${variable.name}`);
    chosen[variable.name] = values.includes(wanted) ? wanted : ALL;
    const options = [[ALL, "All"], ...values.map((value) => [value, value])];
    parts.push(choice(variable.label, options, chosen[variable.name], `var-${variable.name}`));
  }
  parts.push(choice("Last", Object.keys(RANGES).map((name) => [name, name]), span, "range"));
  parts.push(theme());
  at("controls").replaceChildren(...parts);
  return chosen;
}

function choice(label, options, current, name) {
  const select = document.createElement("select");
  for (const [value, words] of options) select.add(new Option(words, value, false, value === current));
  select.onchange = () => {
    location.hash = address({ [name]: select.value });
  };
  const whole = document.createElement("label");
  whole.append(label, select);
  return whole;
}

/** Dark or light, against what the system says. */
function theme() {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "◐";
  button.title = "Dark or light";
  button.onclick = () => {
    const dark = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    localStorage.theme = dark === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = localStorage.theme;
    start();
  };
  return button;
}

let again = () => {};

async function start() {
  again = await render();
}

if (localStorage.theme) document.documentElement.dataset.theme = localStorage.theme;
addEventListener("hashchange", start);
addEventListener("resize", () => again());
setInterval(() => document.hidden || again(), REFRESH_MILLISECONDS);
start();
