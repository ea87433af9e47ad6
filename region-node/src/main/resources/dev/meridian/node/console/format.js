/** Numbers as people read them: three digits that count, and a unit. */

const THIN = "\u202f";

function digits(value) {
  if (value === 0) {
    return "0";
  }
  if (value < 1) {
    return value.toFixed(2);
  }
  return value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
}

export function millis(value) {
  if (value === null || value === undefined || Number.isNaN(value)) {
    return "–";
  }
  if (value < 0) {
    return "−" + millis(-value);
  }
  if (value < 1000) {
    return `${value < 10 && !Number.isInteger(value) ? digits(value) : Math.round(value)}${THIN}ms`;
  }
  if (value < 120_000) {
    return `${value < 10_000 ? (value / 1000).toFixed(1) : Math.round(value / 1000)}${THIN}s`;
  }
  return value < 7_200_000 ? `${Math.round(value / 60_000)}${THIN}min` : `${Math.round(value / 3_600_000)}${THIN}h`;
}

export function count(value) {
  if (value === null || value === undefined) {
    return "–";
  }
  if (value < 100_000) {
    return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN);
  }
  return value < 1e7 ? `${(value / 1e6).toFixed(2)}${THIN}M` : `${Math.round(value / 1e6)}${THIN}M`;
}

export function rate(value) {
  return value === null || value === undefined ? "–" : `${value >= 1000 ? count(value) : digits(value)}${THIN}/s`;
}

export function bytes(value) {
  if (value === null || value === undefined) {
    return "–";
  }
  for (const unit of ["B", "KB", "MB", "GB"]) {
    if (value < 1000) {
      return `${digits(value)}${THIN}${unit}`;
    }
    value /= 1024;
  }
  return `${digits(value)}${THIN}TB`;
}

/** Time of day, with milliseconds. */
export function time(epochMillis) {
  const at = new Date(epochMillis);
  const two = (n) => String(n).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

export function clock(epochMillis) {
  return time(epochMillis).slice(0, 8);
}

/** An attribute value of DynamoDB's JSON, in one line. */
export function attribute(value) {
  const [type, content] = Object.entries(value ?? {})[0] ?? ["", ""];
  switch (type) {
    case "S": return JSON.stringify(content);
    case "N": return content;
    case "BOOL": return String(content);
    case "NULL": return "null";
    case "B": return `binary ${content}`;
    case "SS": case "NS": case "BS": return `{${content.map((each) => (type === "SS" ? JSON.stringify(each) : each)).join(", ")}}`;
    case "L": return `[${content.map(attribute).join(", ")}]`;
    case "M": return `{${Object.entries(content).map(([name, each]) => `${name}: ${attribute(each)}`).join(", ")}}`;
    default: return "";
  }
}

export function key(attributes) {
  return Object.values(attributes ?? {}).map(attribute).join(" · ");
}
