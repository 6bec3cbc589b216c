// Prometheus' HTTP API, at the address that serves this page.

const API = "../api/v1/";

/** The `data` of an answer; an error carries Prometheus' own words. */
async function ask(path, parameters, signal) {
  let answer;
  try {
    answer = await fetch(`${API}${path}?${new URLSearchParams(parameters)}`, { signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("Prometheus does not answer");
  }
  let body = {};
  try {
    body = await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    // An error page of a proxy in between is no JSON; its status says enough.
  }
  if (!answer.ok || body.status !== "success") {
    throw new Error(body.error ?? `${answer.status} ${answer.statusText}`);
  }
  return body.data;
}

/** Series over time: [{metric, values: [[seconds, text], ...]}]. */
export async function range(query, { start, end, step }, signal) {
  return (await ask("query_range", { query, start, end, step }, signal)).result;
}

/** Series of one moment: [{metric, value: [seconds, text]}]. */
export async function instant(query, time, signal) {
  const data = await ask("query", { query, time }, signal);
  if (data.resultType === "scalar") return [{ metric: {}, value: data.result }];
  return data.result;
}

/** Values of a label among the series of a selector, sorted. */
export async function labelValues(selector, label, { start, end }) {
  const found = await ask(`label/${label}/values`, { "match[]": selector, start, end });
  return found.filter((value) => value !== "").sort();
}

/** Alerts that are pending or fire, with the texts of their rules. */
export async function alerts() {
  return (await ask("alerts", {})).alerts;
}
