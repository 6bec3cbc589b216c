// What fires now, with what it means and where to read on.

import { alerts } from "./prometheus.js";

const WORST_FIRST = ["critical", "warning", "info"];

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Shows the alerts that fire in a section; open stays open. */
export async function show(section) {
  const open = section.querySelector("details")?.open ?? false;
  try {
    const firing = (await alerts()).filter(({ state }) => state === "firing").sort(bySeverity);
    section.dataset.worst = firing[0]?.labels.severity ?? "";
    section.replaceChildren(list(firing, open));
  } catch (error) {
    section.dataset.worst = "unknown";
    section.replaceChildren(element("details", {}, element("summary", { textContent: `Alerts: ${error.message}` })));
  }
}

function bySeverity(one, other) {
  const rank = ({ labels }) => (WORST_FIRST.indexOf(labels.severity) + 1 || WORST_FIRST.length + 1);
  return rank(one) - rank(other);
}

function list(firing, open) {
  const words = firing.length === 0 ? "No alert fires" : `${firing.length} alert${firing.length > 1 ? "s" : ""} firing`;
  const items = firing.map(({ labels, annotations }) =>
    element(
      "li",
      {},
      element("strong", { textContent: `${labels.alertname} · ${labels.severity ?? ""} ` }),
      annotations.summary ?? "",
      element("p", {}, `${annotations.description ?? ""} `, runbook(annotations.runbook_url)),
    ),
  );
  return element("details", { open }, element("summary", { textContent: words }), element("ul", {}, ...items));
}

function runbook(address) {
  if (!address) return "";
  if (/^https?:\/\//.test(address)) return element("a", { href: address, textContent: "Runbook" });
  return element("code", { textContent: address });
}
