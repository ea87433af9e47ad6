/** Writes that lost against others made at the same time, each pair once, both images side by side. */

import { action, page } from "./api.js";
import { el, notice, setOptions, setText } from "./dom.js";
import { attribute, key, time } from "./format.js";
import { model, regionNames } from "./model.js";

const SHOWN = 50;
const KEPT = 500;

export class Conflicts {
  constructor() {
    this.region = el("select", { onchange: () => this.update() });
    this.list = el("div", { class: "conflicts" });
    this.summary = el("p", { class: "empty", role: "status" });
    this.known = new Map();
    this.read = new Map();
    this.element = el("section", { "aria-labelledby": "conflicts-title" },
      el("div", { class: "row" }, el("h1", { id: "conflicts-title" }, "Conflicts"),
        el("label", {}, "reported in ", this.region)),
      this.summary, this.list);
  }

  enter() {
    this.update();
  }

  update() {
    const names = regionNames();
    setOptions(this.region, ["", ...names], ["all regions", ...names]);
    for (const [region, now] of model.regions) {
      if (this.read.get(region) !== now.conflictId && !this.reading) {
        this.load(region, now.conflictId);
      }
    }
    this.show();
  }

  async load(region, last) {
    this.reading = true;
    try {
      const before = this.read.get(region) ?? 0;
      const after = Math.max(before, last - SHOWN);
      const answer = await page(region, "conflicts", { after, limit: SHOWN });
      for (const conflict of answer.conflicts) {
        const name = [conflict.tableId, JSON.stringify(conflict.key), conflict.winner.version, conflict.loser.version].join(" ");
        const known = this.known.get(name) ?? { ...conflict, name, regions: new Map() };
        known.regions.set(region, conflict.id);
        this.known.set(name, known);
      }
      this.read.set(region, answer.more ? answer.next : last);
    } catch (failed) {
      notice(failed.message, "bad");
    } finally {
      this.reading = false;
    }
    this.show();
  }

  show() {
    const all = [...this.known.values()].sort((a, b) => b.detectedMillis - a.detectedMillis);
    all.slice(KEPT).forEach((conflict) => this.known.delete(conflict.name));
    const wanted = all.filter((conflict) => !this.region.value || conflict.regions.has(this.region.value))
      .slice(0, SHOWN).map((conflict) => this.cardOf(conflict));
    // Those that stay are left in their place, with the focus that they may have.
    const stays = new Set(wanted);
    [...this.list.children].filter((card) => !stays.has(card)).forEach((card) => card.remove());
    wanted.forEach((card, i) => {
      if (this.list.children[i] !== card) {
        this.list.insertBefore(card, this.list.children[i] ?? null);
      }
    });
    setText(this.summary, wanted.length ? "" : "No conflicts are kept. A conflict is two writes of one item, neither of which knew of the other.");
  }

  cardOf(conflict) {
    const looks = `${model.editing} ${[...conflict.regions.keys()]}`;
    if (conflict.looks !== looks) {
      conflict.looks = looks;
      conflict.card = this.card(conflict);
    }
    return conflict.card;
  }

  side(title, write, differs) {
    const names = Object.keys(write.image ?? {}).sort();
    return el("div", { class: `side ${title}` },
      el("h4", {}, title, el("span", { class: "muted" }, ` ${write.region}, ${time(Date.parse(write.writtenAt))}`)),
      write.deleted
        ? el("p", { class: "muted" }, "deleted")
        : el("table", { class: "image" }, el("tbody", {}, names.map((name) =>
          el("tr", { class: differs.includes(name) ? "differs" : null },
            el("th", { scope: "row" }, name), el("td", {}, attribute(write.image[name])))))));
  }

  card(conflict) {
    const regions = [...conflict.regions.keys()];
    const restore = el("button", { type: "button", hidden: !model.editing, onclick: () => this.restore(conflict, restore) },
      "Put the loser back");
    return el("article", { class: "card conflict" },
      el("h3", {}, el("span", {}, `${conflict.table} `, el("span", { class: "key" }, key(conflict.key))),
        el("span", { class: "muted small" }, `${time(conflict.detectedMillis)} · reported in ${regions.join(", ")}`)),
      el("div", { class: "sides" }, this.side("winner", conflict.winner, conflict.differs),
        this.side("loser", conflict.loser, conflict.differs)),
      el("div", { class: "buttons" }, restore));
  }

  async restore(conflict, button) {
    const [region, id] = [...conflict.regions][0];
    button.disabled = true;
    try {
      await action(region, "conflicts/restore", { id });
      notice(`What lost is written once more, in ${region}.`);
    } catch (failed) {
      notice(failed.message, "bad");
    } finally {
      button.disabled = false;
    }
  }
}
