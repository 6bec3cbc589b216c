// The dashboards, in order; each lies in dashboards/ as <uid>.json, the same file that Grafana gets.

export const BOARDS = [
  "spark-overview",
  "spark-team",
  "spark-run",
  "spark-operator",
  "spark-jobs",
  "spark-history",
  "spark-nodes",
  "spark-emr",
];

const cache = new Map();

/** One dashboard by its uid. */
export async function board(uid) {
  if (!cache.has(uid)) {
    const answer = await fetch(`dashboards/${uid}.json`);
    if (!answer.ok) throw new Error(`dashboard ${uid}: ${answer.status} ${answer.statusText}`);
    cache.set(uid, await answer.json());
  }
  return cache.get(uid);
}
