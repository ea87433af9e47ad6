/** Each table: its schema, and in each region how large it is and how its replica does. */

import { describe, frontDoorAction } from "./api.js";
import { el, setAttribute, setText } from "./dom.js";
import { bytes, count } from "./format.js";
import { model } from "./model.js";

function keyText(schema, definitions) {
  const types = Object.fromEntries((definitions ?? []).map((each) => [each.AttributeName, each.AttributeType]));
  return schema.map((each) =>
    `${each.AttributeName} (${types[each.AttributeName] ?? "?"}, ${each.KeyType === "HASH" ? "partition" : "sort"})`).join(" · ");
}

class TableCard {
  constructor(name) {
    this.name = name;
    this.schema = el("dl", { class: "facts wide" });
    this.rows = el("tbody");
    this.outcome = el("p", { class: "outcome", role: "status" });
    this.verify = el("button", { type: "button", onclick: () => this.prove() }, "Verify");
    this.why = el("span", { class: "small muted" });
    this.element = el("article", { class: "card table-card", "data-table": name },
      el("h3", {}, el("span", {}, name), el("a", { class: "button", href: `#items/${encodeURIComponent(name)}` }, "Items")),
      this.schema,
      el("div", { class: "scroll" }, el("table", {},
        el("thead", {}, el("tr", {}, ["Region", "Replica", "Table", "Items", "Size", "Tombstones"].map((title, i) =>
          el("th", { scope: "col", class: i > 2 ? "number" : null }, title)))),
        this.rows)),
      el("div", { class: "buttons" }, this.verify, this.why), this.outcome);
  }

  async prove() {
    this.verify.disabled = true;
    setText(this.outcome, "comparing all regions at one cut …");
    try {
      const result = await frontDoorAction("verify", { table: this.name });
      const held = Object.entries(result.items).map(([region, items]) => `${region} ${count(items)}`).join(", ");
      const differ = (result.differing ?? []).slice(0, 10).map((each) => each.key).join(", ");
      setText(this.outcome, result.equal
        ? `The same in all regions (${held} items)${result.undecided ? `; ${result.undecided} keys change too fast to tell` : ""}.`
        : `${result.differing.length} keys differ: ${differ}`);
      setAttribute(this.outcome, "data-equal", String(result.equal));
    } catch (failed) {
      setText(this.outcome, failed.message);
    } finally {
      this.verify.disabled = false;
    }
  }

  update(held) {
    const first = held[0];
    describe(first.region, first.table).then((table) => this.describe(table), (failed) => setText(this.why, failed.message));
    const members = first.table.members;
    const regions = members ? Object.keys(members) : held.map((each) => each.region);
    this.verify.hidden = !model.frontDoor || regions.length < 2;
    setText(this.why, this.verify.hidden
      ? (regions.length < 2 ? "In one region only." : "To compare regions: the front door's console, or meridian verify.") : "");
    const rows = [...new Set([...regions, ...held.map((each) => each.region)])].map((region) => {
      const here = held.find((each) => each.region === region)?.table;
      const state = members?.[region] ?? "single";
      return [region, state, here?.status ?? "–", count(here?.items), bytes(here?.bytes), count(here?.tombstones)];
    });
    const looks = JSON.stringify(rows);
    if (looks !== this.looks) {
      this.looks = looks;
      this.rows.replaceChildren(...rows.map((row) => el("tr", {},
        el("th", { scope: "row" }, row[0]),
        el("td", {}, el("span", { class: `badge ${{ ACTIVE: "ok", single: "none" }[row[1]] ?? "late"}` }, row[1].toLowerCase())),
        el("td", {}, row[2].toLowerCase()),
        row.slice(3).map((cell) => el("td", { class: "number" }, cell)))));
    }
  }

  describe(table) {
    const indexes = [
      ...(table.GlobalSecondaryIndexes ?? []).map((index) => ["global index " + index.IndexName, index]),
      ...(table.LocalSecondaryIndexes ?? []).map((index) => ["local index " + index.IndexName, index]),
    ];
    const capacity = table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST" ? "on demand"
      : `${table.ProvisionedThroughput?.ReadCapacityUnits ?? 0} read, ${table.ProvisionedThroughput?.WriteCapacityUnits ?? 0} write units`;
    const facts = [
      ["key", keyText(table.KeySchema, table.AttributeDefinitions)],
      ...indexes.map(([title, index]) => [title, keyText(index.KeySchema, table.AttributeDefinitions)
        + `; ${index.Projection?.ProjectionType?.toLowerCase().replace("_", " ") ?? ""}`]),
      ["capacity", capacity],
      ["stream", table.StreamSpecification?.StreamEnabled ? table.StreamSpecification.StreamViewType.toLowerCase().replaceAll("_", " ") : "off"],
    ];
    const looks = JSON.stringify(facts);
    if (looks !== this.described) {
      this.described = looks;
      this.schema.replaceChildren(...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
    }
  }
}

export class Tables {
  constructor() {
    this.cards = new Map();
    this.grid = el("div", { class: "grid tables" });
    this.note = el("p", { class: "empty" });
    this.filter = el("input", { type: "search", placeholder: "part of a name", oninput: () => this.update() });
    this.element = el("section", { "aria-labelledby": "tables-title" },
      el("div", { class: "row" }, el("h1", { id: "tables-title" }, "Tables"), el("label", {}, "Filter ", this.filter)),
      this.note, this.grid);
  }

  update() {
    const byName = new Map();
    let total = 0;
    for (const [region, now] of model.regions) {
      total = Math.max(total, now.tablesTotal);
      for (const table of now.tables) {
        byName.set(table.name, [...(byName.get(table.name) ?? []), { region, table }]);
      }
    }
    const names = [...byName.keys()].sort().filter((name) => name.includes(this.filter.value));
    for (const name of names) {
      if (!this.cards.has(name)) {
        this.cards.set(name, new TableCard(name));
      }
      this.cards.get(name).update(byName.get(name));
    }
    const wanted = names.map((name) => this.cards.get(name).element);
    if (wanted.length !== this.grid.children.length || wanted.some((card, i) => this.grid.children[i] !== card)) {
      this.grid.replaceChildren(...wanted);
    }
    setText(this.note, byName.size === 0 ? "There are no tables yet."
      : total > byName.size ? `The first ${byName.size} of ${total} tables are shown.` : "");
  }
}
