import { Conflicts } from "./conflicts.js";
import { setText } from "./dom.js";
import { Items } from "./items.js";
import { listen, model, onState, regionNames } from "./model.js";
import { Overview } from "./overview.js";
import { Stream } from "./stream.js";
import { Tables } from "./tables.js";

const parts = {
  overview: new Overview(),
  tables: new Tables(),
  items: new Items(),
  stream: new Stream(),
  conflicts: new Conflicts(),
};

const main = document.getElementById("main");
const connection = document.getElementById("connection");
const editing = document.getElementById("editing");

function current() {
  const [name, argument] = location.hash.slice(1).split("/");
  return name in parts ? { name, part: parts[name], argument: argument && decodeURIComponent(argument) } : { name: "overview", part: parts.overview };
}

function update() {
  const { part } = current();
  if (model.regions.size) {
    part.update();
  }
}

function show() {
  const { name, part, argument } = current();
  if (main.firstElementChild !== part.element) {
    main.replaceChildren(part.element);
  }
  document.querySelectorAll("nav a").forEach((link) => {
    if (link.hash === `#${name}`) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  });
  if (model.regions.size) {
    part.enter?.(argument);
    part.update();
  }
}

editing.addEventListener("change", () => {
  model.editing = editing.checked;
  document.body.classList.toggle("editing", model.editing);
  update();
});

/** What is shown is drawn anew each second, and at once when a link is another. */
const DRAW_MILLIS = 900;
let drawnMillis = 0;
let drawnStates = "";
let drawing = null;

function updateSoon() {
  const states = model.links.map((link) => link.name + link.state).join(" ");
  const wait = states === drawnStates ? drawnMillis + DRAW_MILLIS - performance.now() : 0;
  if (wait > 0 && drawing !== null) {
    return;
  }
  clearTimeout(drawing);
  drawing = setTimeout(() => {
    drawing = null;
    drawnStates = states;
    drawnMillis = performance.now();
    update();
  }, Math.max(0, wait));
}

let known = false;
onState(() => {
  const names = regionNames();
  setText(document.getElementById("scope"), model.frontDoor ? `${names.length} regions` : names.join(", "));
  if (known) {
    updateSoon();
  } else if (names.length) {
    known = true;
    show();
  }
});

window.addEventListener("hashchange", show);
window.addEventListener("resize", update);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update);
show();

listen((state) => {
  connection.dataset.state = state;
  document.body.classList.toggle("away", state === "away");
  setText(connection, { live: "live", away: "no answer, what is shown is old" }[state]);
});
