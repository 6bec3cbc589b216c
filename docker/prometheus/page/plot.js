// Curves over time, drawn by uPlot, with a legend that shows the values under the pointer.

import uPlot from "./uPlot.esm.js";
import { text } from "./units.js";

const COLOURS = {
  light: ["#2f6fde", "#d9660a", "#1d8f5a", "#c23a7a", "#7a5bd6", "#9a7500", "#0f8aa3", "#c0392b", "#5c6b7a"],
  dark: ["#6ea8ff", "#ff9f50", "#4cc38a", "#ff7ab8", "#b39cff", "#e3b341", "#4dc7dd", "#ff7b72", "#9aa8b8"],
};

/** How curves are drawn, one after the other: neighbours differ by more than their colour. */
const DASHES = [[], [8, 4], [2, 3]];

/** Which of them a curve gets: with its colour it is the only one of 27. */
function dashOf(index) {
  return (index + Math.floor(index / COLOURS.light.length)) % DASHES.length;
}

/** Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/**
 * Prometheus' series on one common row of times, with null where one has no value.
 *
 * @param {{values: [number, string][]}[]} series
 * @param {{start: number, end: number, step: number}} time in seconds
 */
export function aligned(series, { start, end, step }) {
  const count = Math.floor((end - start) / step) + 1;
  const times = Array.from({ length: count }, (_, index) => start + index * step);
  const columns = series.map(({ values }) => {
    const column = new Array(count).fill(null);
    for (const [at, value] of values) {
      const number = Number(value);
      const index = Math.round((at - start) / step);
      if (Number.isFinite(number) && index >= 0 && index < count) column[index] = number;
    }
    return column;
  });
  return [times, ...columns];
}

/** Each column on top of those before it. */
function stacked([times, ...columns]) {
  const sums = new Array(times.length).fill(0);
  return [
    times,
    ...columns.map((column) =>
      column.map((value, index) => {
        if (value === null) return null;
        sums[index] += value;
        return sums[index];
      }),
    ),
  ];
}

/**
 * Draws a plot and its legend.
 *
 * @param {HTMLElement} parent what they are put into
 * @param {{label: string, values: [number, string][]}[]} series
 * @param {{start: number, end: number, step: number}} time in seconds
 * @param {{title: string, unit: string, stack: boolean, max: number|undefined, height: number}} options
 * @returns {uPlot}
 */
export function draw(parent, series, time, { title, unit, stack, max, height }) {
  const palette = COLOURS[isDark() ? "dark" : "light"];
  const style = getComputedStyle(document.documentElement);
  const quiet = style.getPropertyValue("--quiet").trim();
  const grid = style.getPropertyValue("--grid").trim();
  const data = aligned(series, time);
  const colours = series.map((_, index) => palette[index % palette.length]);
  const box = document.createElement("div");
  const legend = document.createElement("div");
  legend.className = "legend";
  parent.replaceChildren(box, legend);

  const axis = { stroke: quiet, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  const plot = new uPlot(
    {
      width: Math.max(box.clientWidth, 120),
      height,
      legend: { show: false },
      cursor: { y: false, sync: { key: "signals" } },
      scales: {
        x: { min: time.start, max: time.end },
        y: { range: (_, low, high) => [Math.min(0, low ?? 0), max ?? (high > 0 ? high * 1.08 : 1)] },
      },
      axes: [
        { ...axis, size: 26, space: time.end - time.start > 86400 ? 90 : 56, values: (_, ticks) => ticks.map((tick) => moment(tick, time.end - time.start)) },
        { ...axis, size: 62, values: (_, ticks) => ticks.map((tick) => text(tick, unit)) },
      ],
      series: [
        {},
        ...series.map((each, index) => ({
          label: each.label,
          stroke: colours[index],
          width: 1.6,
          dash: DASHES[dashOf(index)],
          fill: stack && index === 0 ? `${colours[index]}40` : undefined,
          points: { size: 4, fill: colours[index] },
          spanGaps: false,
        })),
      ],
      bands: stack
        ? series.slice(1).map((_, index) => ({ series: [index + 2, index + 1], fill: `${colours[index + 1]}40` }))
        : [],
      hooks: { setCursor: [(self) => values(self.cursor.idx)] },
    },
    stack ? stacked(data) : data,
    box,
  );

  const entries = series.map((each, index) => entry(each.label, colours[index], plot, index));
  legend.append(...entries.map(({ button }) => button));

  function values(index) {
    entries.forEach(({ value }, at) => {
      const column = data[at + 1];
      const shown = index === null || index === undefined ? column.findLast((each) => each !== null) : column[index];
      value.textContent = text(shown ?? null, unit);
    });
  }

  values(null);
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", spoken(title, entries));
  return plot;
}

/** What a plot shows, in words: its title, and the newest value of each curve. */
function spoken(title, entries) {
  return `${title}: ${entries.map(({ name, value }) => `${name} ${value.textContent}`).join(", ")}`;
}

/** A time of the axis: the hour, or the day as well where several are shown. */
function moment(seconds, span) {
  const at = new Date(seconds * 1000);
  const hour = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const day = at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  if (span <= 86400) return hour;
  return hour === "00:00" ? day : `${day} ${hour}`;
}

/** One name of the legend; a click hides its curve. */
function entry(name, colour, plot, index) {
  const button = document.createElement("button");
  const mark = document.createElement("i");
  const value = document.createElement("b");
  button.type = "button";
  button.ariaPressed = "true";
  button.style.setProperty("--colour", colour);
  button.append(mark, name, value);
  mark.dataset.dash = dashOf(index);
  button.onclick = () => {
    const show = !plot.series[index + 1].show;
    plot.setSeries(index + 1, { show });
    button.ariaPressed = String(show);
  };
  return { button, name, value };
}
