// Puts the page together: what is chosen stands in the address, so that a link shows the same.

import { show as showAlerts } from "./alerts.js";
import { BOARDS, board } from "./boards.js";
import { fill, frame } from "./panels.js";
import { isDark } from "./plot.js";
import { labelValues } from "./prometheus.js";
import { ALL, filledIn, labelValuesOf } from "./variables.js";

const RANGES = { "15m": 900, "1h": 3600, "3h": 10800, "12h": 43200, "24h": 86400, "7d": 604800 };
const REFRESH_MILLISECONDS = 30_000;

const at = (id) => document.getElementById(id);
let running = new AbortController();
let latest = 0;
let again = () => {};

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

/** Everything anew: another dashboard, range or choice. Gives what refreshes it. */
async function render() {
  const mine = ++latest;
  const { uid, span, end, parameters } = state();
  try {
    const shown = await board(uid);
    const links = await tabs(uid);
    const time = moment(span, end);
    const { chosen, parts, unseen } = await controls(shown, span, parameters, time);
    // Somebody has chosen something else meanwhile.
    if (mine !== latest) return;
    document.title = shown.title;
    at("about").textContent = shown.description;
    at("unseen").textContent = unseen.join(" ");
    at("boards").replaceChildren(...links);
    at("controls").replaceChildren(...parts);
    const frames = shown.panels.map((panel) => [panel, frame(panel)]);
    at("panels").replaceChildren(...frames.map(([, article]) => article));
    const drawn = frames.filter(([panel]) => panel.type !== "row");
    again = () => refresh(drawn, chosen, moment(span, end));
    await again();
  } catch (error) {
    if (mine !== latest) return;
    at("about").textContent = error.message;
    at("unseen").textContent = "";
    again = render;
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

/** A link to each dashboard. */
async function tabs(current) {
  return Promise.all(
    BOARDS.map(async (uid) => {
      const link = document.createElement("a");
      link.href = address({ board: uid });
      link.textContent = (await board(uid)).title.replace(/^Spark: /, "");
      if (uid === current) link.ariaCurrent = "page";
      return link;
    }),
  );
}

/**
 * The choices of a dashboard; a variable's values depend on those before it.
 *
 * What the address asks for stays chosen when nothing is known of it: all the others in its place would pass for it.
 */
async function controls(shown, span, parameters, time) {
  const chosen = {};
  const parts = [];
  const unseen = [];
  for (const variable of shown.templating.list.filter(({ type }) => type === "query")) {
    const { selector, label } = labelValuesOf(variable.query);
    const values = await labelValues(filledIn(selector, chosen, { seconds: 3600, step: 30 }), label, time);
    const wanted = parameters.get(`var-${variable.name}`);
    chosen[variable.name] = wanted || ALL;
    const options = [[ALL, "All"], ...values.map((value) => [value, value])];
    if (wanted && wanted !== ALL && !values.includes(wanted)) {
      options.push([wanted, `${wanted} (no data)`]);
      unseen.push(`No data of ${variable.label} ${wanted} in this time: choose a longer one, or another name.`);
    }
    parts.push(choice(variable.label, options, chosen[variable.name], `var-${variable.name}`));
  }
  parts.push(choice("Last", Object.keys(RANGES).map((name) => [name, name]), span, "range"));
  parts.push(theme());
  return { chosen, parts, unseen };
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
    localStorage.theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = localStorage.theme;
    render();
  };
  return button;
}

if (localStorage.theme) document.documentElement.dataset.theme = localStorage.theme;
addEventListener("hashchange", render);
addEventListener("resize", () => again());
setInterval(() => document.hidden || again(), REFRESH_MILLISECONDS);
render();
