/** Items of a table: one by its key, a query, or page by page; and, with editing on, written. */

import { describe, dynamo } from "./api.js";
import { el, notice, setOptions, setText } from "./dom.js";
import { attribute, count, key as keyText } from "./format.js";
import { model, regionNames, tableNames } from "./model.js";

const PAGE = 50;
const COLUMNS_MAX = 8;

/** DynamoDB allows 300 operators in an expression: a change is refused if more attributes would have to be compared. */
const COMPARED_MAX = 100;

const CONDITIONS = ["any", "=", "<", "<=", ">", ">=", "begins with", "between"];

function keysOf(schema) {
  const name = (type) => schema.find((each) => each.KeyType === type)?.AttributeName;
  return { partition: name("HASH"), sort: name("RANGE") };
}

/** JSON with an attribute in each line. */
function lines(item) {
  return `{\n${Object.entries(item).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(",\n")}\n}`;
}

export class Items {
  constructor() {
    const changed = () => this.choose();
    this.region = el("select", { onchange: changed });
    this.table = el("select", { onchange: changed });
    this.index = el("select", { onchange: () => this.shape() });
    this.mode = el("select", { onchange: () => this.shape() },
      ["scan", "query", "get"].map((mode) => el("option", { value: mode }, mode)));
    this.partition = el("input", { autocomplete: "off", spellcheck: "false" });
    this.sort = el("input", { autocomplete: "off", spellcheck: "false" });
    this.sortTo = el("input", { autocomplete: "off", spellcheck: "false", "aria-label": "up to" });
    this.condition = el("select", { "aria-label": "condition", onchange: () => this.shape() },
      CONDITIONS.map((each) => el("option", { value: each }, each)));
    this.partitionLabel = el("span");
    this.sortLabel = el("span");
    this.partitionField = el("label", {}, this.partitionLabel, this.partition);
    this.sortField = el("div", { class: "field" }, this.sortLabel, this.condition, this.sort, this.sortTo);
    this.run = el("button", { class: "primary", type: "submit" }, "Read");
    this.create = el("button", { type: "button", onclick: () => this.open(null) }, "New item");
    this.form = el("form", { class: "card form", onsubmit: (event) => {
      event.preventDefault();
      this.read(null);
    } },
    el("label", {}, el("span", {}, "Region"), this.region),
    el("label", {}, el("span", {}, "Table"), this.table),
    el("label", {}, el("span", {}, "Read"), this.mode),
    el("label", {}, el("span", {}, "From"), this.index),
    this.partitionField, this.sortField, el("div", { class: "buttons" }, this.run, this.create));
    this.head = el("thead");
    this.body = el("tbody");
    this.summary = el("p", { class: "small muted", role: "status" });
    this.more = el("button", { type: "button", hidden: true, onclick: () => this.read(this.next) }, "Next page");
    this.element = el("section", { "aria-labelledby": "items-title" },
      el("h1", { id: "items-title" }, "Items"), this.form,
      el("div", { class: "card" }, this.summary,
        el("div", { class: "scroll" }, el("table", { class: "items" }, this.head, this.body)),
        el("div", { class: "buttons" }, this.more)));
    this.makeDialog();
  }

  makeDialog() {
    this.text = el("textarea", { spellcheck: "false", rows: 16, "aria-label": "Item as DynamoDB JSON" });
    this.title = el("h2");
    this.problem = el("p", { class: "problem", role: "alert" });
    this.save = el("button", { type: "button", class: "primary", onclick: () => this.attempt(() => this.put()) }, "Save");
    this.remove = el("button", { type: "button", class: "danger", onclick: () => this.attempt(() => this.delete()) }, "Delete");
    this.hint = el("p", { class: "small muted" }, "To change items, turn editing on at the top of the page.");
    this.dialog = el("dialog", { "aria-label": "Item" }, this.title, this.text, this.problem, this.hint,
      el("div", { class: "buttons" }, this.save, this.remove,
        el("button", { type: "button", onclick: () => this.dialog.close() }, "Close")));
    this.element.append(this.dialog);
  }

  /** @param table to begin with */
  enter(table) {
    this.update();
    if (table && tableNames(this.region.value).includes(table)) {
      this.table.value = table;
      this.choose();
    }
  }

  update() {
    setOptions(this.region, regionNames());
    const tables = tableNames(this.region.value);
    const before = this.table.value;
    setOptions(this.table, tables);
    if (this.table.value !== before || this.shown !== this.region.value + " " + this.table.value) {
      this.choose();
    }
    this.run.disabled = !tables.length;
    this.create.hidden = !model.editing || !tables.length;
    this.save.hidden = !model.editing;
    this.remove.hidden = !model.editing || !this.opened;
    this.hint.hidden = model.editing;
    this.text.readOnly = !model.editing;
    if (!tables.length) {
      setText(this.summary, "There are no tables in this region.");
    }
  }

  async choose() {
    setOptions(this.table, tableNames(this.region.value));
    const region = this.region.value;
    const table = model.regions.get(region)?.tables.find((each) => each.name === this.table.value);
    this.shown = region + " " + this.table.value;
    this.head.replaceChildren();
    this.body.replaceChildren();
    this.more.hidden = true;
    setText(this.summary, "");
    this.description = null;
    if (!table) {
      return;
    }
    try {
      const description = await describe(region, table);
      if (this.shown === region + " " + table.name) {
        this.description = description;
        const indexes = [...(description.GlobalSecondaryIndexes ?? []), ...(description.LocalSecondaryIndexes ?? [])];
        setOptions(this.index, ["", ...indexes.map((index) => index.IndexName)],
          ["the table", ...indexes.map((index) => `index ${index.IndexName}`)]);
        this.shape();
        await this.read(null);
      }
    } catch (failed) {
      setText(this.summary, failed.message);
    }
  }

  schema() {
    const indexes = [...(this.description?.GlobalSecondaryIndexes ?? []), ...(this.description?.LocalSecondaryIndexes ?? [])];
    const index = this.mode.value === "get" ? null : indexes.find((each) => each.IndexName === this.index.value);
    return keysOf((index ?? this.description).KeySchema);
  }

  type(name) {
    return this.description.AttributeDefinitions.find((each) => each.AttributeName === name).AttributeType;
  }

  shape() {
    if (!this.description) {
      return;
    }
    const mode = this.mode.value;
    const { partition, sort } = this.schema();
    this.index.closest("label").hidden = mode === "get";
    this.partitionField.hidden = mode === "scan";
    this.sortField.hidden = mode === "scan" || !sort;
    this.condition.hidden = mode === "get";
    this.sort.hidden = mode === "query" && this.condition.value === "any";
    this.sortTo.hidden = mode !== "query" || this.condition.value !== "between";
    setText(this.partitionLabel, `${partition} (${this.type(partition)})`);
    if (sort) {
      setText(this.sortLabel, `${sort} (${this.type(sort)})`);
      this.sort.setAttribute("aria-label", sort);
    }
  }

  value(name, input) {
    return { [this.type(name)]: input.value };
  }

  request(after) {
    const { partition, sort } = this.schema();
    const request = { TableName: this.table.value, Limit: PAGE };
    if (this.mode.value !== "get" && this.index.value) {
      request.IndexName = this.index.value;
    }
    if (after) {
      request.ExclusiveStartKey = after;
    }
    if (this.mode.value === "query") {
      request.ExpressionAttributeNames = { "#p": partition };
      request.ExpressionAttributeValues = { ":p": this.value(partition, this.partition) };
      request.KeyConditionExpression = "#p = :p" + this.sortCondition(sort, request);
    }
    return request;
  }

  sortCondition(sort, request) {
    const condition = this.condition.value;
    if (!sort || condition === "any") {
      return "";
    }
    request.ExpressionAttributeNames["#s"] = sort;
    request.ExpressionAttributeValues[":s"] = this.value(sort, this.sort);
    if (condition === "between") {
      request.ExpressionAttributeValues[":t"] = this.value(sort, this.sortTo);
      return " AND #s BETWEEN :s AND :t";
    }
    return condition === "begins with" ? " AND begins_with(#s, :s)" : ` AND #s ${condition} :s`;
  }

  async read(after) {
    if (!this.description) {
      return;
    }
    const region = this.region.value;
    this.run.disabled = true;
    try {
      let items;
      if (this.mode.value === "get") {
        const { partition, sort } = this.schema();
        const Key = { [partition]: this.value(partition, this.partition) };
        if (sort) {
          Key[sort] = this.value(sort, this.sort);
        }
        const answer = await dynamo(region, "GetItem", { TableName: this.table.value, Key, ConsistentRead: true });
        items = answer.Item ? [answer.Item] : [];
        this.next = null;
      } else {
        const operation = this.mode.value === "query" ? "Query" : "Scan";
        const answer = await dynamo(region, operation, this.request(after));
        items = answer.Items;
        this.next = answer.LastEvaluatedKey ?? null;
      }
      this.page = after ? this.page + 1 : 1;
      this.after = after;
      this.list(items);
    } catch (failed) {
      setText(this.summary, failed.message);
      this.list([]);
      setText(this.summary, failed.message);
    } finally {
      this.run.disabled = false;
    }
  }

  list(items) {
    const { partition, sort } = keysOf(this.description.KeySchema);
    const names = [partition, sort].filter(Boolean);
    const others = [...new Set(items.flatMap((item) => Object.keys(item)))].filter((name) => !names.includes(name)).sort();
    const shown = [...names, ...others.slice(0, COLUMNS_MAX - names.length)];
    this.head.replaceChildren(el("tr", {}, shown.map((name, i) =>
      el("th", { scope: "col", class: i < names.length ? "key" : null }, name)),
    others.length + names.length > COLUMNS_MAX ? el("th", { scope: "col" }, `and ${others.length + names.length - COLUMNS_MAX} more`) : null));
    this.body.replaceChildren(...items.map((item) => el("tr", {}, shown.map((name, i) => {
      const text = item[name] ? attribute(item[name]) : "";
      return el("td", { class: i < names.length ? "key" : null, title: text.length > 40 ? text : null },
        i === 0 ? el("button", { type: "button", class: "link", onclick: () => this.open(item) }, text) : text);
    }))));
    this.more.hidden = !this.next;
    setText(this.summary, items.length
      ? `${count(items.length)} item${items.length === 1 ? "" : "s"}${this.page > 1 || this.next ? `, page ${this.page}` : ""}. Choose one to see it whole.`
      : "Nothing found.");
  }

  open(item) {
    this.opened = item;
    const { partition, sort } = keysOf(this.description.KeySchema);
    const first = { [partition]: { [this.type(partition)]: "" } };
    if (sort) {
      first[sort] = { [this.type(sort)]: "" };
    }
    setText(this.title, item ? keyText(this.keyOf(item)) : `New item of ${this.table.value}`);
    this.text.value = lines(item ?? first);
    this.text.setSelectionRange(0, 0);
    setText(this.problem, "");
    this.update();
    this.dialog.showModal();
  }

  keyOf(item) {
    const { partition, sort } = keysOf(this.description.KeySchema);
    return Object.fromEntries([partition, sort].filter(Boolean).map((name) => [name, item[name]]));
  }

  async attempt(work) {
    try {
      const done = await work();
      this.dialog.close();
      notice(done);
      await this.read(this.after);
    } catch (failed) {
      setText(this.problem, /conditional request failed/i.test(failed.message)
        ? "Not written: the item is not what it was when it was read." : failed.message);
    }
  }

  /** Only if the item is as it was read; a new one only if there is none. */
  unchanged() {
    const names = {};
    const values = {};
    if (!this.opened) {
      names["#p"] = keysOf(this.description.KeySchema).partition;
      return { ConditionExpression: "attribute_not_exists(#p)", ExpressionAttributeNames: names };
    }
    const attributes = Object.entries(this.opened);
    if (attributes.length > COMPARED_MAX) {
      throw new Error(`This item has more than ${COMPARED_MAX} attributes: the console cannot tell whether it was changed meanwhile.`);
    }
    attributes.forEach(([name, value], i) => {
      names[`#a${i}`] = name;
      values[`:v${i}`] = value;
    });
    return {
      ConditionExpression: attributes.map((unused, i) => `#a${i} = :v${i}`).join(" AND "),
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    };
  }

  async put() {
    let Item;
    try {
      Item = JSON.parse(this.text.value);
    } catch (wrong) {
      throw new Error(`This is not JSON: ${wrong.message}`);
    }
    if (this.opened && JSON.stringify(this.keyOf(Item)) !== JSON.stringify(this.keyOf(this.opened))) {
      throw new Error("The key of an item cannot be changed: make a new item and delete this one.");
    }
    await dynamo(this.region.value, "PutItem", { TableName: this.table.value, Item, ...this.unchanged() });
    return `Saved in ${this.region.value}`;
  }

  async delete() {
    const Key = this.keyOf(this.opened);
    await dynamo(this.region.value, "DeleteItem", { TableName: this.table.value, Key, ...this.unchanged() });
    return `Deleted in ${this.region.value}`;
  }
}
