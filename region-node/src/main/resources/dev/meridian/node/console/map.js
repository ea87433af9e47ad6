/** Regions where they are on the earth, and the links between them, each coloured and moved by its lag. */

import { el, setAttribute, setText, svg } from "./dom.js";
import { millis, rate } from "./format.js";
import { LAND, LAND_STEP, LAND_TOP } from "./land.js";
import { allRegions, health, model } from "./model.js";
import { PLACES } from "./places.js";

const NODE = 7;
const APART = 84;
const SPAN_MIN = 70;
const LABELLED_REGIONS_MAX = 4;

/** With more, links that are well step back. */
const BOLD_REGIONS_MAX = 5;
const NARROW = 560;
const LAND_HEIGHT = LAND.length * LAND_STEP;

/** How far links bend to the left of their direction, so that the way back lies beside: the first that meets nobody. */
const BENDS = [0.16, 0.24, 0.34, 0.08, 0.44];

/** The longitude that leaves the regions together: that of the Atlantic, unless the Pacific's shows them much nearer. */
function westEdge(longitudes) {
  const sorted = [...longitudes].sort((a, b) => a - b);
  const plain = sorted.at(-1) - sorted[0];
  let best = { gap: 0, west: sorted[0] };
  sorted.forEach((from, i) => {
    const to = i + 1 < sorted.length ? sorted[i + 1] : sorted[0] + 360;
    if (to - from > best.gap) {
      best = { gap: to - from, west: to };
    }
  });
  return 360 - best.gap < 0.75 * plain ? best.west : sorted[0];
}

function bounds(regions, width, height) {
  const west = westEdge(regions.map((region) => PLACES[region][0]));
  const turned = regions.map((region) => [((PLACES[region][0] - west + 720) % 360) + west, PLACES[region][1]]);
  const xs = turned.map((place) => place[0]);
  const ys = turned.map((place) => place[1]);
  const spanX = Math.max(SPAN_MIN, (Math.max(...xs) - Math.min(...xs)) * 1.35);
  const spanY = Math.max(SPAN_MIN / 2, (Math.max(...ys) - Math.min(...ys)) * 1.9);
  // The earth is there once.
  const scale = Math.max(width / 355, Math.min(width / spanX, height / spanY));
  const middleX = (Math.max(...xs) + Math.min(...xs)) / 2;
  const seenY = height / scale;
  const middleY = seenY > LAND_HEIGHT
    ? LAND_TOP - LAND_HEIGHT / 2
    : Math.min((Math.max(...ys) + Math.min(...ys)) / 2, LAND_TOP + LAND_STEP - seenY / 2);
  return {
    scale,
    west: middleX - width / 2 / scale,
    x: (longitude) => (longitude - middleX) * scale + width / 2,
    y: (latitude) => (middleY - latitude) * scale + height / 2,
    turned,
  };
}

/** Moves what is too near to be told apart. */
function spread(points, width, height) {
  for (let round = 0; round < 80; round++) {
    for (const a of points) {
      for (const b of points) {
        const dx = b.x - a.x;
        const dy = (b.y - a.y) * 1.6;
        const distance = Math.hypot(dx, dy) || 1;
        if (a !== b && distance < APART) {
          const push = (APART - distance) / 4 / distance;
          a.x -= dx * push || 0.5;
          a.y -= dy * push;
          b.x += dx * push;
          b.y += dy * push || 0.5;
        }
      }
    }
    for (const point of points) {
      point.x = Math.min(width - 60, Math.max(60, point.x));
      point.y = Math.min(height - 46, Math.max(34, point.y));
    }
  }
  return points;
}

function circle(regions, width, height) {
  return regions.map((region, i) => {
    const angle = regions.length === 2 ? Math.PI * (1 - i) : (2 * Math.PI * i) / regions.length - Math.PI / 2;
    return {
      region,
      x: width / 2 + Math.min(width / 2 - 90, height * 0.6) * Math.cos(angle),
      y: height / 2 + (height / 2 - 60) * Math.sin(angle),
    };
  });
}

function land(view, width, height) {
  const radius = Math.max(0.7, Math.min(3, view.scale * LAND_STEP * 0.3)).toFixed(2);
  const dots = [];
  LAND.forEach((row, i) => {
    const y = view.y(LAND_TOP - i * LAND_STEP);
    if (y < -4 || y > height + 4) {
      return;
    }
    for (let column = 0; column < 180; column++) {
      if (parseInt(row[column >> 2], 16) & (8 >> (column & 3))) {
        const longitude = -180 + LAND_STEP * (column + 0.5);
        const x = view.x(((longitude - view.west + 720) % 360) + view.west);
        if (x > -4 && x < width + 4) {
          dots.push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`);
        }
      }
    }
  });
  return svg("path", { class: "land", d: dots.join(""), "stroke-width": radius * 2 });
}

function curve(from, to, bend) {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy) || 1;
  const off = Math.max(22, length * bend);
  const mid = { x: (from.x + to.x) / 2 + (dy / length) * off, y: (from.y + to.y) / 2 - (dx / length) * off };
  const toward = (a, b, distance) => {
    const far = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    return { x: a.x + ((b.x - a.x) / far) * distance, y: a.y + ((b.y - a.y) / far) * distance };
  };
  const start = toward(from, mid, NODE + 4);
  const end = toward(to, mid, NODE + 9);
  const tip = toward(to, mid, NODE + 4);
  return { start, mid, end, tip };
}

function pointAt({ start, mid, end }, t) {
  const u = 1 - t;
  return {
    x: u * u * start.x + 2 * u * t * mid.x + t * t * end.x,
    y: u * u * start.y + 2 * u * t * mid.y + t * t * end.y,
  };
}

function arrow({ mid, end, tip }) {
  const far = Math.hypot(tip.x - mid.x, tip.y - mid.y) || 1;
  const ux = (tip.x - mid.x) / far;
  const uy = (tip.y - mid.y) / far;
  const back = { x: end.x - ux * 3, y: end.y - uy * 3 };
  return `M${tip.x} ${tip.y}L${back.x - uy * 4.5} ${back.y + ux * 4.5}L${back.x + uy * 4.5} ${back.y - ux * 4.5}z`;
}

export class RegionMap {
  constructor(onSelect) {
    this.onSelect = onSelect;
    this.drawing = svg("svg", { role: "img" });
    this.element = el("div", { class: "map" }, this.drawing);
    this.made = "";
    new ResizeObserver(() => {
      this.made = "";
      this.update();
    }).observe(this.element);
  }

  update() {
    const width = Math.round(this.element.clientWidth);
    const height = Math.round(this.element.clientHeight);
    const regions = allRegions();
    if (!width || !height || !regions.length) {
      return;
    }
    const wanted = [width, height, ...regions, ...model.links.map((link) => link.name)].join(" ");
    if (wanted !== this.made) {
      this.make(regions, width, height);
      this.made = wanted;
    }
    this.paint(regions);
  }

  make(regions, width, height) {
    this.drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.drawing.replaceChildren();
    let points;
    if (regions.every((region) => PLACES[region])) {
      const view = bounds(regions, width, height);
      this.drawing.append(land(view, width, height));
      points = regions.map((region, i) => ({ region, x: view.x(view.turned[i][0]), y: view.y(view.turned[i][1]) }));
    } else {
      points = circle(regions, width, height);
    }
    points = spread(points, width, height);
    this.height = height;
    this.byRegion = new Map(points.map((point) => [point.region, point]));
    this.labelled = regions.length <= LABELLED_REGIONS_MAX && width >= NARROW;
    this.drawing.setAttribute("class", regions.length > BOLD_REGIONS_MAX ? "many" : "");
    this.taken = points.map((point) => ({ x: point.x - 62, y: point.y - 12, width: 124, height: 50 }));
    this.parts = new Map();
    for (const link of model.links) {
      this.makeLink(link);
    }
    // Above all lines.
    this.parts.forEach((part) => this.drawing.append(part.label));
    this.nodes = new Map(points.map((point) => [point.region, this.makeNode(point)]));
  }

  makeLink(link) {
    const from = this.byRegion.get(link.from);
    const to = this.byRegion.get(link.to);
    const ways = BENDS.map((bend) => curve(from, to, bend));
    const way = ways.find((each) => this.isFree(each, from, to)) ?? ways[0];
    const d = `M${way.start.x} ${way.start.y}Q${way.mid.x} ${way.mid.y} ${way.end.x} ${way.end.y}`;
    const place = this.labelPlace(way);
    const part = {
      line: svg("path", { class: "line", d }),
      flow: svg("path", { class: "flow", d }),
      head: svg("path", { class: "head", d: arrow(way) }),
      title: svg("title"),
      text: svg("text", { x: place.x, y: place.y + 4, "text-anchor": "middle" }),
    };
    part.label = svg("g", { class: "label" }, part.text);
    part.group = svg("g", { class: "link", "data-link": link.name, onclick: () => this.onSelect(link.name) },
      part.title, svg("path", { class: "hit", d }), part.line, part.flow, part.head);
    this.parts.set(link.name, part);
    this.drawing.append(part.group);
  }

  /** Whether a way passes by all other regions and their names, within the map. */
  isFree(way, from, to) {
    const others = [...this.byRegion.values()].filter((point) => point !== from && point !== to);
    for (let t = 0.04; t < 1; t += 0.04) {
      const at = pointAt(way, t);
      if (at.y < 12 || at.y > this.height - 12
        || others.some((point) => Math.abs(at.x - point.x) < 56 && at.y > point.y - 16 && at.y < point.y + 42)) {
        return false;
      }
    }
    return true;
  }

  /** Where the label of a link lies upon nothing else, as near to its middle as can be. */
  labelPlace(way) {
    const tried = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74].map((t) => pointAt(way, t));
    const box = (at) => ({ x: at.x - 34, y: at.y - 9, width: 68, height: 18 });
    const free = (at) => {
      const mine = box(at);
      return this.taken.every((other) => mine.x > other.x + other.width || other.x > mine.x + mine.width
        || mine.y > other.y + other.height || other.y > mine.y + mine.height);
    };
    const place = tried.find(free) ?? tried[0];
    this.taken.push(box(place));
    return place;
  }

  makeNode({ region, x, y }) {
    const node = {
      circle: svg("circle", { cx: x, cy: y, r: NODE }),
      name: svg("text", { class: "name", x, y: y + NODE + 15, "text-anchor": "middle" }, region),
      detail: svg("text", { class: "detail", x, y: y + NODE + 29, "text-anchor": "middle" }),
    };
    node.group = svg("g", { class: "node" }, node.circle, node.name, node.detail);
    this.drawing.append(node.group);
    return node;
  }

  paint(regions) {
    const words = [];
    for (const link of model.links) {
      const part = this.parts.get(link.name);
      const how = health(link);
      const lag = how.flows ? millis(link.lagMillis) : how.word;
      setAttribute(part.group, "class", `link ${how.level} ${how.flows ? "flows" : "still"}`);
      setAttribute(part.group, "data-level", how.level);
      setAttribute(part.flow, "data-pace", how.level === "ok" ? (link.lagMillis < 300 ? "fast" : "even") : "slow");
      setAttribute(part.label, "class", `label ${how.level}`);
      setText(part.text, this.labelled || how.level === "bad" ? lag : "");
      setText(part.title, `${link.from} → ${link.to}: ${how.word}, lag ${millis(link.lagMillis)}`);
      words.push(`${link.from} to ${link.to}: ${how.word}${how.flows ? ", lag " + lag : ""}`);
    }
    for (const region of regions) {
      const known = model.regions.get(region);
      const node = this.nodes.get(region);
      const alarms = known?.health?.alarms?.length ?? 0;
      setAttribute(node.group, "class", `node ${known ? (alarms ? "bad" : "ok") : "remote"}`);
      setText(node.detail, known ? rate(known.requests.perSecond) : "");
    }
    this.drawing.setAttribute("aria-label", "Map of regions. " + words.join("; "));
  }
}
