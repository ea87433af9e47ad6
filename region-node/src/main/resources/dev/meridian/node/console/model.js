/** What the node tells, as it is now and as it was in the last quarter of an hour. */

export const HISTORY_MILLIS = 900_000;
const POINTS = 900;

/** Lag, in milliseconds, from which a link is amber, and from which it is red. */
export const LATE = 1_000;
export const VERY_LATE = 5_000;

export const model = {
  editing: false,
  frontDoor: false,
  regions: new Map(),
  links: [],
  history: new Map(),
};

const listeners = new Set();

export function onState(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function regionNames() {
  return [...model.regions.keys()];
}

/** All regions that anything is known of. */
export function allRegions() {
  const names = new Set(model.regions.keys());
  model.links.forEach((link) => names.add(link.from).add(link.to));
  return [...names];
}

export function tableNames(region) {
  return (model.regions.get(region)?.tables ?? []).map((table) => table.name);
}

const WORDS = {
  CUT: "cut",
  PAUSED: "paused",
  BUS_AWAY: "unreachable",
  SILENT: "silent",
  STOPPED: "stopped",
  WAITING_FOR_CLOCK: "waits for clock",
  UNKNOWN: "unknown",
};

/** How a link does: ok, late, bad, none; and whether anything comes through it. */
export function health(link) {
  const broken = link.state in WORDS && link.state !== "UNKNOWN" && link.state !== "WAITING_FOR_CLOCK";
  if (broken) {
    return { level: "bad", flows: false, word: WORDS[link.state] };
  }
  const lag = link.lagMillis;
  if (link.state === "UNKNOWN" || lag === null || lag === undefined) {
    return { level: "none", flows: false, word: link.state === "UNKNOWN" ? "unknown" : "no lag yet" };
  }
  const level = lag >= VERY_LATE ? "bad" : lag >= LATE || link.state in WORDS ? "late" : "ok";
  return { level, flows: true, word: WORDS[link.state] ?? { ok: "running", late: "late", bad: "very late" }[level] };
}

function linksOf(regions) {
  const found = new Map();
  for (const region of regions) {
    for (const link of region.links ?? []) {
      const name = `${link.from}>${link.to}`;
      const known = found.get(name);
      if (!known || (known.said && !link.said)) {
        found.set(name, { ...link, name, seenBy: region.region });
      }
    }
  }
  return [...found.values()].sort((a, b) => a.to.localeCompare(b.to) || a.from.localeCompare(b.from));
}

function remember(region) {
  const series = model.history.get(region.region) ?? { at: [] };
  model.history.set(region.region, series);
  const last = series.at.at(-1) ?? 0;
  if (!region.sample || region.atMillis <= last) {
    return;
  }
  const now = {
    at: region.atMillis,
    requests: region.requests.perSecond,
    errors: region.requests.errorsPerSecond,
    p50: region.requests.p50Millis ?? null,
    p99: region.requests.p99Millis ?? null,
  };
  for (const link of region.links) {
    now[`lag ${link.from}>${link.to}`] = link.lagMillis ?? null;
    if (!link.said) {
      now[`pending ${link.from}>${link.to}`] = link.pending;
    }
  }
  const before = series.at.length;
  for (const name of new Set([...Object.keys(series), ...Object.keys(now)])) {
    series[name] ??= new Array(before).fill(null);
    series[name].push(now[name] ?? null);
    if (series[name].length > POINTS) {
      series[name].shift();
    }
  }
}

function begin(history) {
  model.history.clear();
  for (const [region, series] of Object.entries(history)) {
    const length = series.at?.length ?? 0;
    for (const name of Object.keys(series)) {
      series[name] = [...new Array(length - series[name].length).fill(null), ...series[name]];
    }
    model.history.set(region, { at: [], ...series });
  }
}

function state(told) {
  model.frontDoor = told.frontDoor;
  model.regions = new Map(told.regions.filter((region) => region.atMillis).map((region) => [region.region, region]));
  model.regions.forEach(remember);
  model.links = linksOf(model.regions.values());
  listeners.forEach((listener) => listener());
}

/** The values of a series, and their times. */
export function series(region, name) {
  const all = model.history.get(region);
  return { at: all?.at ?? [], values: all?.[name] ?? [] };
}

export function listen(onConnection) {
  const source = new EventSource("/-/events");
  source.addEventListener("open", () => onConnection("live"));
  source.addEventListener("error", () => onConnection("away"));
  source.addEventListener("history", (event) => begin(JSON.parse(event.data)));
  source.addEventListener("state", (event) => state(JSON.parse(event.data)));
}
