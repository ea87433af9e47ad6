/** Elements without markup in strings: what is shown is text, whatever it holds. */

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) {
      continue;
    }
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (name in { value: 1, checked: 1, disabled: 1, selected: 1 }) {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

/** A short word to the user, in a corner. */
export function notice(text, kind = "info") {
  const box = el("div", { class: `notice ${kind}` }, text);
  document.getElementById("notices").append(box);
  setTimeout(() => box.remove(), 8000);
}

/** Options of a select; what was chosen stays chosen if it is still there. */
export function setOptions(select, values, labels = values) {
  const same = select.options.length === values.length
    && values.every((value, i) => select.options[i].value === value && select.options[i].text === labels[i]);
  if (same) {
    return;
  }
  const chosen = select.value;
  select.replaceChildren(...values.map((value, i) => el("option", { value }, labels[i])));
  if (values.includes(chosen)) {
    select.value = chosen;
  }
}
