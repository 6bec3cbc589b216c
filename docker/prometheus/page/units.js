// Numbers as people read them, by Grafana's names of units.

const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const SHORT = ["", " K", " Mil", " Bil", " Tri"];

function scaled(value, base, names, separator = " ") {
  let size = 0;
  let rest = value;
  while (Math.abs(rest) >= base && size < names.length - 1) {
    rest /= base;
    size += 1;
  }
  return `${plain(rest)}${separator}${names[size]}`;
}

function plain(value) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number(value.toFixed(digits)).toLocaleString("en-US");
}

function duration(seconds) {
  const size = Math.abs(seconds);
  if (size < 1) return `${plain(seconds * 1000)} ms`;
  if (size < 120) return `${plain(seconds)} s`;
  if (size < 7200) return `${plain(seconds / 60)} min`;
  if (size < 172800) return `${plain(seconds / 3600)} h`;
  return `${plain(seconds / 86400)} d`;
}

const UNITS = {
  short: (value) => scaled(value, 1000, SHORT, ""),
  s: duration,
  bytes: (value) => scaled(value, 1024, BINARY),
  mbytes: (value) => scaled(value * 2 ** 20, 1024, BINARY),
  Bps: (value) => `${scaled(value, 1024, BINARY)}/s`,
  cps: (value) => `${scaled(value, 1000, SHORT, "")}/s`,
  percentunit: (value) => `${plain(value * 100)}%`,
};

/** A value with its unit. */
export function text(value, unit) {
  if (value === null || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return (UNITS[unit] ?? plain)(value);
}

/** Names of the units that this page can write. */
export const KNOWN = Object.keys(UNITS);
