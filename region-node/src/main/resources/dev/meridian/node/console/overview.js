/** The map, how each region does, and each link with its curves and what can be done with it. */

import { action, page } from "./api.js";
import { Chart } from "./chart.js";
import { el, notice, setAttribute, setOptions, setText } from "./dom.js";
import { bytes, count, millis, rate } from "./format.js";
import { RegionMap } from "./map.js";
import { allRegions, health, LATE, model, series, VERY_LATE } from "./model.js";

const CARDS_MAX = 12;

function fact(name) {
  const value = el("dd");
  return { value, element: el("div", {}, el("dt", {}, name), value) };
}

class RegionCard {
  constructor(name) {
    this.name = name;
    this.facts = {
      requests: fact("Requests"), errors: fact("Errors"), p50: fact("Median"), p99: fact("p99"),
      store: fact("Store"), backlog: fact("To publish"),
    };
    this.alarms = el("ul", { class: "alarms" });
    this.state = el("span", { class: "badge" });
    this.requests = new Chart({ title: "Requests", format: rate, least: 10, colour: "--accent" });
    this.errors = new Chart({ title: "Errors", format: rate, least: 1, colour: "--bad" });
    this.latency = new Chart({ title: "p99", format: millis, least: 10, colour: "--violet" });
    this.element = el("article", { class: "card region", "data-region": name },
      el("h3", {}, name, this.state),
      el("dl", { class: "facts" }, Object.values(this.facts).map((each) => each.element)),
      this.alarms,
      el("div", { class: "charts" }, this.requests.element, this.errors.element, this.latency.element));
  }

  update() {
    const now = model.regions.get(this.name);
    const { requests, publisherBacklog } = now;
    const alarms = [...(now.health.alarms ?? []),
      ...(now.health.unreachable ?? []).map((region) => `Kafka of ${region} is not reached`)];
    setText(this.state, alarms.length ? `${alarms.length} alarm${alarms.length > 1 ? "s" : ""}` : "healthy");
    setAttribute(this.state, "class", `badge ${alarms.length ? "bad" : "ok"}`);
    const kinds = Object.entries(requests.failed).map(([kind, each]) => `${kind} ${rate(each)}`).join(", ");
    setText(this.facts.requests.value, rate(requests.perSecond));
    setText(this.facts.errors.value, rate(requests.errorsPerSecond));
    setAttribute(this.facts.errors.element, "title", kinds);
    setText(this.facts.p50.value, millis(requests.p50Millis));
    setText(this.facts.p99.value, millis(requests.p99Millis));
    setText(this.facts.store.value, bytes(now.storeBytes));
    setText(this.facts.backlog.value, count(publisherBacklog.replication + publisherBacklog.stream));
    const said = alarms.join("\n");
    if (this.said !== said) {
      this.said = said;
      this.alarms.replaceChildren(...alarms.map((alarm) => el("li", {}, alarm)));
    }
    this.requests.draw(series(this.name, "requests"));
    this.errors.draw(series(this.name, "errors"));
    this.latency.draw(series(this.name, "p99"));
  }
}

class LinkCard {
  constructor({ name, from, to, said }) {
    this.name = name;
    this.from = from;
    this.to = to;
    this.badge = el("span", { class: "badge" });
    this.lag = new Chart({ title: "Lag", format: millis, least: 500, colour: "--accent" });
    this.pending = new Chart({ title: "Backlog", format: count, least: 10, colour: "--violet" });
    this.facts = el("p", { class: "small" });
    this.alarms = el("ul", { class: "alarms" });
    this.outcome = el("p", { class: "outcome", role: "status" });
    this.pause = this.button("Pause", () => this.act(this.link().state === "PAUSED" ? "resume" : "pause"));
    this.cut = this.button("Cut", () => this.act(this.link().state === "CUT" ? "mend" : "cut"));
    this.drain = this.button("Drain", () => this.prove());
    this.element = el("article", { class: "card link-card", "data-link": name, id: `link-${name}`, tabindex: -1 },
      el("h3", {}, el("span", {}, `${from} → ${to}`), this.badge),
      el("div", { class: "charts" }, this.lag.element, said ? null : this.pending.element),
      this.facts, this.alarms,
      said
        ? el("p", { class: "small muted" }, `As ${to} says in its heartbeats. Its own console has the backlog and steers this link.`)
        : el("div", { class: "buttons" }, this.pause, this.cut, this.drain),
      this.outcome);
  }

  button(text, work) {
    return el("button", { type: "button", onclick: async (event) => {
      event.target.disabled = true;
      try {
        await work();
      } catch (failed) {
        notice(failed.message, "bad");
      } finally {
        event.target.disabled = false;
      }
    } }, text);
  }

  link() {
    return model.links.find((link) => link.name === this.name);
  }

  async act(what) {
    await action(this.to, what, { from: this.from });
    notice(`${this.from} → ${this.to}: ${{ pause: "paused", resume: "resumed", cut: "cut", mend: "mended" }[what]}`);
  }

  async prove() {
    const answer = await page(this.to, "drain", { from: this.from, to: this.to });
    const missing = answer.knownMissingMillis
      ? ` ${this.from} has said ${millis(answer.knownMissingMillis)} more that is not there yet.`
      : "";
    setText(this.outcome, answer.statement + "." + missing);
  }

  update(link) {
    const how = health(link);
    setText(this.badge, how.word);
    setAttribute(this.badge, "class", `badge ${how.level}`);
    setAttribute(this.element, "data-level", how.level);
    this.lag.colour = { ok: "--ok", late: "--late", bad: "--bad", none: "--faint" }[how.level];
    this.lag.draw(series(link.seenBy, `lag ${this.name}`));
    if (!link.said) {
      this.pending.draw(series(link.seenBy, `pending ${this.name}`));
      const clock = link.clock
        ? ` · clock ${link.clock.aheadMillis > 0 ? "+" : ""}${millis(link.clock.aheadMillis)}${
          link.clock.uncertaintyMillis === null ? "" : " ± " + millis(link.clock.uncertaintyMillis)}`
        : "";
      setText(this.facts, `${rate(link.appliedPerSecond ?? 0)} applied · ${count(link.conflicts)} conflicts${clock}`);
      setText(this.pause, link.state === "PAUSED" ? "Resume" : "Pause");
      setText(this.cut, link.state === "CUT" ? "Mend" : "Cut");
      this.pause.hidden = link.state === "CUT";
      const mayCut = model.regions.get(this.to)?.mayCut;
      this.cut.setAttribute("aria-disabled", String(!mayCut));
      this.cut.hidden = !mayCut;
      const alarms = (link.alarms ?? []).map((alarm) => `${alarm.kind}: ${alarm.reason}`);
      if (this.said !== alarms.join("\n")) {
        this.said = alarms.join("\n");
        this.alarms.replaceChildren(...alarms.map((alarm) => el("li", {}, alarm)));
      }
    }
  }
}

export class Overview {
  constructor() {
    this.map = new RegionMap((name) => this.show(name));
    this.regions = el("div", { class: "grid regions" });
    this.links = el("div", { class: "grid links" });
    this.into = el("select", { onchange: () => this.update() });
    this.cuts = el("p", { class: "small muted" });
    this.cards = new Map();
    this.regionCards = new Map();
    const swatch = (level, text) => el("li", { class: level }, el("span", { class: "swatch" }), text);
    this.element = el("section", { "aria-labelledby": "overview-title" },
      el("h1", { id: "overview-title", class: "hidden" }, "Overview"),
      el("div", { class: "card map-card" },
        this.map.element,
        el("ul", { class: "legend" },
          swatch("ok", `lag below ${LATE / 1000} s`),
          swatch("late", `${LATE / 1000} s to ${VERY_LATE / 1000} s`),
          swatch("bad", `${VERY_LATE / 1000} s or more`),
          swatch("bad still", "dashed: cut, paused, unreachable, silent or stopped"),
          swatch("none still", "nothing known"))),
      el("h2", {}, "Regions"), this.regions,
      el("div", { class: "row" }, el("h2", {}, "Links"),
        el("label", {}, "into ", this.into)),
      this.links, this.cuts);
  }

  show(name) {
    const link = model.links.find((each) => each.name === name);
    if (this.into.value && this.into.value !== link.to) {
      this.into.value = "";
      this.update();
    }
    const card = this.cards.get(name)?.element;
    card?.scrollIntoView({ block: "center", behavior: "smooth" });
    card?.focus({ preventScroll: true });
  }

  update() {
    this.map.update();
    const names = [...model.regions.keys()];
    for (const name of names) {
      if (!this.regionCards.has(name)) {
        const card = new RegionCard(name);
        this.regionCards.set(name, card);
        this.regions.append(card.element);
      }
      this.regionCards.get(name).update();
    }
    this.updateLinks();
    const fixed = names.filter((name) => !model.regions.get(name).mayCut);
    setText(this.cuts, fixed.length
      ? "Links can be cut from here with “meridian up” and in drills only: elsewhere the network has to be cut." : "");
  }

  updateLinks() {
    const all = allRegions();
    const many = model.links.length > CARDS_MAX;
    setOptions(this.into, many ? all : ["", ...all], many ? all : ["all regions", ...all]);
    const shown = model.links.filter((link) => !this.into.value || link.to === this.into.value);
    for (const link of shown) {
      const key = link.name;
      if (!this.cards.has(key)) {
        this.cards.set(key, new LinkCard(link));
      }
    }
    const wanted = shown.map((link) => this.cards.get(link.name).element);
    if (wanted.length !== this.links.children.length || wanted.some((card, i) => this.links.children[i] !== card)) {
      this.links.replaceChildren(...wanted);
    }
    shown.forEach((link) => this.cards.get(link.name).update(link));
  }
}
