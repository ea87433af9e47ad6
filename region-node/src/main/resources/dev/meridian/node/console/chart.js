/** One line over the last quarter of an hour, upon a canvas. */

import { el, setText } from "./dom.js";
import { clock } from "./format.js";
import { HISTORY_MILLIS } from "./model.js";

const LEFT = 50;
const RIGHT = 6;
const TOP = 8;
const BOTTOM = 16;

/** A narrower chart has room for one word. */
const NOW_FROM = 90;

/** The next of 1, 2, 5, 10, … */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

export class Chart {
  /**
   * @param title said before the newest value
   * @param format of values
   * @param least the axis goes up to this at least
   * @param colour name of a custom property
   */
  constructor({ title, format, least, colour }) {
    this.format = format;
    this.least = least;
    this.colour = colour;
    this.canvas = el("canvas", { role: "img" });
    this.value = el("span", { class: "value" });
    this.when = el("span", { class: "when" });
    this.title = title;
    this.element = el("figure", { class: "chart" },
      el("figcaption", {}, el("span", { class: "name" }, title), this.value, this.when), this.canvas);
    this.canvas.addEventListener("pointermove", (event) => this.point(event.offsetX));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
  }

  point(x) {
    this.pointed = x;
    if (this.data) {
      this.draw(this.data);
    }
  }

  draw(data) {
    this.data = data;
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    if (!width || !height) {
      return;
    }
    const scale = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * scale) || this.canvas.height !== Math.round(height * scale)) {
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(height * scale);
    }
    const style = getComputedStyle(this.canvas);
    const paint = this.canvas.getContext("2d");
    paint.setTransform(scale, 0, 0, scale, 0, 0);
    paint.clearRect(0, 0, width, height);
    const now = data.at.at(-1) ?? Date.now();
    const most = data.values.reduce((top, value) => Math.max(top, value ?? 0), 0);
    const top = Math.max(this.least, ceiling(Math.max(most, this.least)));
    const x = (at) => LEFT + (width - LEFT - RIGHT) * (1 - (now - at) / HISTORY_MILLIS);
    const y = (value) => height - BOTTOM - (height - TOP - BOTTOM) * (value / top);
    this.axes(paint, style, width, height, top, y);
    this.line(paint, style, data, x, y);
    this.say(paint, style, data, x, y, most);
  }

  axes(paint, style, width, height, top, y) {
    paint.font = "11px " + style.fontFamily;
    paint.lineWidth = 1;
    paint.strokeStyle = style.getPropertyValue("--line");
    paint.fillStyle = style.getPropertyValue("--faint");
    paint.textAlign = "right";
    paint.textBaseline = "middle";
    for (const value of [0, top]) {
      const at = Math.round(y(value)) + 0.5;
      paint.beginPath();
      paint.moveTo(LEFT, at);
      paint.lineTo(width - RIGHT, at);
      paint.stroke();
      paint.fillText(this.format(value), LEFT - 6, at);
    }
    paint.textBaseline = "bottom";
    paint.textAlign = "left";
    paint.fillText("−15 min", LEFT, height);
    if (width - LEFT - RIGHT >= NOW_FROM) {
      paint.textAlign = "right";
      paint.fillText("now", width - RIGHT, height);
    }
  }

  line(paint, style, data, x, y) {
    paint.strokeStyle = style.getPropertyValue(this.colour);
    paint.fillStyle = paint.strokeStyle;
    paint.lineWidth = 1.4;
    paint.lineJoin = "round";
    let runs = [];
    let run = [];
    data.values.forEach((value, i) => {
      const at = x(data.at[i]);
      if (value === null || value === undefined || at < LEFT) {
        runs.push(run);
        run = [];
      } else {
        run.push([at, y(value)]);
      }
    });
    runs = [...runs, run].filter((each) => each.length);
    for (const points of runs) {
      paint.beginPath();
      points.forEach(([px, py], i) => (i ? paint.lineTo(px, py) : paint.moveTo(px, py)));
      paint.stroke();
      paint.globalAlpha = 0.13;
      paint.lineTo(points.at(-1)[0], y(0));
      paint.lineTo(points[0][0], y(0));
      paint.fill();
      paint.globalAlpha = 1;
    }
  }

  say(paint, style, data, x, y, most) {
    if (this.pointed !== undefined && this.pointed !== null && data.at.length) {
      const shown = data.at.reduce((best, at, i) =>
        (Math.abs(x(at) - this.pointed) < Math.abs(x(data.at[best]) - this.pointed) ? i : best), 0);
      const value = data.values[shown];
      paint.fillStyle = style.getPropertyValue(this.colour);
      if (value !== null && value !== undefined) {
        paint.beginPath();
        paint.arc(x(data.at[shown]), y(value), 3.5, 0, 7);
        paint.fill();
      }
      setText(this.when, `${this.format(value)} at ${clock(data.at[shown])}`);
    } else {
      setText(this.when, data.values.length ? "max " + this.format(most) : "");
    }
    const value = this.format(data.values.at(-1) ?? null);
    setText(this.value, value);
    this.canvas.setAttribute("aria-label", `${this.title} of the last 15 minutes: ${value} now, at most ${this.format(most)}`);
  }
}
