/** The changes of a table as a region applies them, the newest on top. */

import { page } from "./api.js";
import { el, setOptions, setText } from "./dom.js";
import { attribute, key, millis, time } from "./format.js";
import { model, regionNames, tableNames } from "./model.js";

const ROWS_MAX = 200;

function differences(change) {
  const names = [...new Set([...Object.keys(change.old ?? {}), ...Object.keys(change.new ?? {})])]
    .filter((name) => !(name in change.key)).sort();
  return names.filter((name) => JSON.stringify(change.old?.[name]) !== JSON.stringify(change.new?.[name]))
    .map((name) => [name, change.old?.[name], change.new?.[name]]);
}

export class Stream {
  constructor() {
    this.region = el("select", { onchange: () => this.begin() });
    this.table = el("select", { onchange: () => this.begin() });
    this.follow = el("button", { type: "button", "aria-pressed": "false", onclick: () => this.hold() }, "Hold");
    this.summary = el("p", { class: "small muted", role: "status" });
    this.rows = el("tbody");
    this.element = el("section", { "aria-labelledby": "stream-title" },
      el("h1", { id: "stream-title" }, "Stream"),
      el("div", { class: "card form" },
        el("label", {}, el("span", {}, "Region"), this.region),
        el("label", {}, el("span", {}, "Table"), this.table),
        el("div", { class: "buttons" }, this.follow)),
      el("div", { class: "card" }, this.summary, el("div", { class: "scroll" },
        el("table", { class: "tail" },
          el("thead", {}, el("tr", {}, ["Committed", "Event", "Key", "Changed", "Written in", "Took"].map((title, i) =>
            el("th", { scope: "col", class: i === 5 ? "number" : null }, title)))),
          this.rows))));
    this.held = false;
  }

  enter() {
    this.update();
  }

  hold() {
    this.held = !this.held;
    this.follow.setAttribute("aria-pressed", String(this.held));
    setText(this.follow, this.held ? "Follow" : "Hold");
    this.update();
  }

  begin() {
    setOptions(this.table, tableNames(this.region.value));
    this.shown = `${this.region.value} ${this.table.value}`;
    this.next = null;
    this.sequence = null;
    this.rows.replaceChildren();
    this.update();
  }

  update() {
    setOptions(this.region, regionNames());
    setOptions(this.table, tableNames(this.region.value));
    if (this.shown !== `${this.region.value} ${this.table.value}`) {
      this.begin();
      return;
    }
    const sequence = model.regions.get(this.region.value)?.sequence;
    if (!this.table.value) {
      setText(this.summary, "There are no tables in this region.");
    } else if (!this.held && !this.reading && sequence !== this.sequence) {
      this.read(sequence);
    }
  }

  async read(sequence) {
    this.reading = true;
    const shown = this.shown;
    const parameters = { table: this.table.value, ...(this.next === null ? {} : { after: this.next }) };
    try {
      const answer = await page(this.region.value, "tail", parameters);
      if (shown === this.shown) {
        this.sequence = answer.next >= sequence ? sequence : null;
        this.next = answer.next;
        answer.changes.forEach((change) => this.rows.prepend(this.row(change)));
        while (this.rows.children.length > ROWS_MAX) {
          this.rows.lastElementChild.remove();
        }
        setText(this.summary, this.rows.children.length
          ? "" : "No change in the last minute. Changes appear here as they are applied in this region.");
      }
    } catch (failed) {
      setText(this.summary, failed.message);
    } finally {
      this.reading = false;
    }
  }

  row(change) {
    const changed = differences(change).flatMap(([name, before, after], i) => [
      i ? ", " : "",
      el("span", { class: "muted" }, name + " "),
      before ? el("del", {}, attribute(before)) : "",
      before && after ? " " : "",
      after ? el("ins", {}, attribute(after)) : "",
    ]);
    const kind = { INSERT: "ok", MODIFY: "info", REMOVE: "bad" }[change.event];
    return el("tr", {},
      el("td", { class: "time" }, time(change.committedMillis)),
      el("td", {}, el("span", { class: `badge ${kind}` }, change.event.toLowerCase() + (change.cause === "ttl" ? ", expired" : ""))),
      el("td", { class: "key" }, key(change.key)),
      el("td", { class: "changed" }, changed),
      el("td", {}, change.origin),
      el("td", { class: "number" }, change.origin === this.region.value
        ? "–" : millis(Math.max(0, change.committedMillis - change.writtenMillis))));
  }
}
