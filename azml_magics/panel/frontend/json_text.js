// JSON as it is written: where it is wrong, indented without changing a figure, and as a tree to fold; where it is shown is left to the views.

// Deeper than anything people read; the parser calls itself.
const DEEPEST_JSON = 400;
// Of a list or object so many entries are made at once.
const SHOWN_ENTRIES = 100;

// What is wrong, as the end of "json.fault.", and where: an offset into the text.
class JsonFault extends Error {
  constructor(kind, offset) {
    super(kind);
    this.kind = kind;
    this.offset = offset;
  }
}

// A tree of {kind: "object", entries: [[key, node]]}, {kind: "array", items} and {kind: "leaf", text}. Keys and leaves stay as they were
// written, so that 1.0, 12345678901234567890 and a key that comes twice stay what they are. `lenient` also takes NaN and Infinity, which Python
// writes. Throws JsonFault.
function parseJson(text, { lenient = false } = {}) {
  let at = 0;
  const blank = /[ \t\n\r]*/y;
  const leaf = lenient ? /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity/y : /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
  const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

  function match(pattern) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) return null;
    at = pattern.lastIndex;
    return found[0];
  }

  function fail(kind, offset = at) {
    throw new JsonFault(offset >= text.length ? "end" : kind, Math.min(offset, text.length));
  }

  function readString() {
    const found = match(string);
    if (found !== null) return found;
    // How far it is right: there the fault is.
    const good = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
    good.lastIndex = at;
    good.exec(text);
    const place = good.lastIndex;
    if (text[place] === "\\") fail("escape", place);
    fail(/[\n\r]/.test(text[place] ?? "") ? "openString" : "control", place);
  }

  // The parts of a list or an object up to its closing mark.
  function readParts(close, readPart) {
    at += 1;
    match(blank);
    if (text[at] === close) {
      at += 1;
      return;
    }
    for (;;) {
      match(blank);
      readPart();
      match(blank);
      const mark = text[at];
      if (mark !== "," && mark !== close) fail(close === "]" ? "commaOrBracket" : "commaOrBrace");
      at += 1;
      if (mark === close) return;
      match(blank);
      if (text[at] === close) fail("trailingComma");
    }
  }

  function readValue(depth) {
    if (depth > DEEPEST_JSON) fail("deep");
    match(blank);
    const mark = text[at];
    if (mark === "{") {
      const entries = [];
      readParts("}", () => {
        if (text[at] !== '"') fail(text[at] === "'" ? "quotes" : "key");
        const key = readString();
        match(blank);
        if (text[at] !== ":") fail("colon");
        at += 1;
        entries.push([key, readValue(depth + 1)]);
      });
      return { kind: "object", entries };
    }
    if (mark === "[") {
      const items = [];
      readParts("]", () => items.push(readValue(depth + 1)));
      return { kind: "array", items };
    }
    if (mark === '"') return { kind: "leaf", text: readString() };
    const start = at;
    const found = match(leaf);
    if (found === null) fail(mark === "'" ? "quotes" : "value");
    if (/[\w.]/.test(text[at] ?? "")) fail(/\d/.test(found[0]) ? "number" : "value", start);
    return { kind: "leaf", text: found };
  }

  const tree = readValue(0);
  match(blank);
  if (at < text.length) fail("more");
  return tree;
}

// {line, column, message} of the first fault, counted from 1, or null. What is nested too deeply to look at is left to the service.
function findJsonFault(text) {
  try {
    parseJson(text);
    return null;
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    if (fault.kind === "deep") return null;
    const before = text.slice(0, fault.offset).split("\n");
    const column = Array.from(before[before.length - 1]).length + 1;
    const message = fault.kind === "end" && !text.trim() ? word("json.fault.empty") : word(`json.fault.${fault.kind}`);
    return { line: before.length, column, message };
  }
}

// The tree as text with two spaces for each level; what has no entries, and lists of a few short leaves, stay on a line.
function renderJson(node, indent = "") {
  if (node.kind === "leaf") return node.text;
  const inner = `${indent}  `;
  const parts =
    node.kind === "array"
      ? node.items.map((item) => renderJson(item, inner))
      : node.entries.map(([key, value]) => `${key}: ${renderJson(value, inner)}`);
  const [open, close] = node.kind === "array" ? ["[", "]"] : ["{", "}"];
  if (!parts.length) return open + close;
  const line = `${open}${parts.join(", ")}${close}`;
  const flat = node.kind === "array" && node.items.every((item) => item.kind === "leaf") && line.length + indent.length <= 72;
  return flat ? line : `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}

// A key or leaf as people read it: letters and signs that were written as \u escapes; controls, quotes and marks that cannot be seen stay escaped.
function readableLeaf(text) {
  const escapes = /\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u([0-9a-f]{4})|\\[^u]/gi;
  return text.replace(escapes, (whole, high, low, single) => {
    const codes = high ? [high, low] : single ? [single] : [];
    const letter = String.fromCharCode(...codes.map((code) => parseInt(code, 16)));
    return letter !== '"' && letter !== "\\" && /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(letter) ? letter : whole;
  });
}

// A tree of nodes to fold. What is folded is made when it is opened, long lists in pieces.
function makeJsonTree(node, key = null, depth = 0) {
  const name = key === null ? [] : [h("span", { class: "azml-json-key" }, readableLeaf(key)), ": "];
  if (node.kind === "leaf") {
    const kind = node.text[0] === '"' ? "string" : /[\dIN-]/.test(node.text[0]) ? "number" : "word";
    return h("div", { class: "azml-json-line" }, name, h("span", { class: `azml-json-${kind}` }, kind === "string" ? readableLeaf(node.text) : node.text));
  }
  const isArray = node.kind === "array";
  const parts = isArray ? node.items.map((item) => [null, item]) : node.entries;
  if (!parts.length) return h("div", { class: "azml-json-line" }, name, isArray ? "[]" : "{}");
  const count = word(isArray ? "json.items" : "json.keys", { count: parts.length });
  const summary = h("summary", { class: "azml-json-line" }, name, isArray ? "[" : "{", " ", h("span", { class: "azml-json-count" }, count), " ", isArray ? "]" : "}");
  const inside = h("div", { class: "azml-json-inside" });
  const element = h("details", { class: "azml-json" }, summary, inside);
  let made = 0;
  const more = button("", () => {
    const first = made;
    show();
    inside.children[first]?.querySelector("summary")?.focus();
  });
  function show() {
    const next = Math.min(parts.length, made + SHOWN_ENTRIES);
    more.remove();
    for (; made < next; made += 1) inside.append(makeJsonTree(parts[made][1], parts[made][0], depth + 1));
    if (made === parts.length) return;
    setText(more, word("json.more", { count: parts.length - made }));
    inside.append(more);
  }
  element.addEventListener("toggle", () => {
    if (element.open && made === 0) show();
  });
  if (depth < 2 && (depth === 0 || parts.length <= SHOWN_ENTRIES)) {
    show();
    element.open = true;
  }
  return element;
}
