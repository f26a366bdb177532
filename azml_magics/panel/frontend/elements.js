// Elements, figures and lists that keep their nodes; what is shown with them is left to the views. Text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

// Several panels on one page, each with a module of its own: ids carry a mark of this one.
const pageMark = Math.random().toString(36).slice(2, 8);
let idsGiven = 0;

// An id no other element of the page has.
function uniqueId(name) {
  idsGiven += 1;
  return `azml-${pageMark}-${name}-${idsGiven}`;
}

// Sets what is named in `props`: class, text, dataset, on<Event> listeners, `value`, `checked`, `hidden`, `disabled` and the like as properties,
// the rest as attributes; an attribute that is null, undefined or false is left away (aria-* keep "false").
function setProps(element, props) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "class") element.setAttribute("class", value);
    else if (name === "text") element.textContent = value;
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (typeof value === "function" && name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (["value", "checked", "hidden", "disabled", "open", "readOnly", "spellcheck"].includes(name)) element[name] = value;
    else setAttribute(element, name, value);
  }
}

function appendAll(element, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

// An element: h("button", { class: "azml-button", onClick: f }, "text", other).
function h(tag, props, ...children) {
  const element = document.createElement(tag);
  setProps(element, props);
  return appendAll(element, children);
}

// The same for drawings.
function svg(tag, props, ...children) {
  const element = document.createElementNS(SVG, tag);
  setProps(element, props);
  return appendAll(element, children);
}

// A button of the panel's look. While it is `aria-disabled` (setEnabled) it keeps the focus and does nothing.
function button(label, onClick, props) {
  const listener = (event) => {
    if (event.currentTarget.getAttribute("aria-disabled") !== "true") onClick(event);
  };
  return h("button", { type: "button", class: "azml-button", ...props, onClick: listener }, label);
}

function setEnabled(element, enabled) {
  setAttribute(element, "aria-disabled", enabled ? null : "true");
}

// These touch the page only where something changes, so that focus, selection and screen readers are left in peace.
function setText(element, text) {
  const wanted = text === null || text === undefined ? "" : String(text);
  if (element.textContent !== wanted) element.textContent = wanted;
}

function setAttribute(element, name, value) {
  const gone = value === null || value === undefined || (value === false && !name.startsWith("aria-"));
  if (gone) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const wanted = value === true && !name.startsWith("aria-") ? "" : String(value);
  if (element.getAttribute(name) !== wanted) element.setAttribute(name, wanted);
}

function setHidden(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

const ICONS = {
  cancelled: "M4.5 4.5h7v7h-7z",
  close: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  done: "M3 8.5l3.2 3.2L13 4.8",
  error: "M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6M8 5v3.6M8 10.9v.2",
  failed: "M4 4l8 8M12 4l-8 8",
  reused: "M12.6 8a4.6 4.6 0 1 1-1.5-3.4M12.4 2.4v2.8H9.6",
  running: "M8 3a5 5 0 1 1-5 5",
  skipped: "M3.5 8h9",
  waiting: "M8 5a3 3 0 1 0 0 6a3 3 0 1 0 0-6",
  warning: "M8 2.6L14.2 13.2H1.8zM8 6.4v3.2M8 11.4v.2",
};

// A small drawing beside a word; it never stands for a word.
function icon(name) {
  return setIcon(svg("svg", { class: "azml-icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path")), name);
}

function setIcon(element, name) {
  setAttribute(element, "data-icon", name);
  setAttribute(element.firstChild, "d", Object.hasOwn(ICONS, name) ? ICONS[name] : ICONS.waiting);
  return element;
}

// Text for screen readers alone.
function hiddenText(text) {
  return h("span", { class: "azml-unseen" }, text);
}

// The element with the focus, also inside a shadow root.
function focused(near) {
  const root = near.getRootNode();
  return "activeElement" in root ? root.activeElement : document.activeElement;
}

// A list whose nodes are kept: `make(item)` gives {element, update(item), destroy?()} once per key; update(items) brings the parent up to date.
function makeList(parent, keyOf, make) {
  let known = new Map();
  return function update(items) {
    const wanted = new Map();
    const times = new Map();
    for (const item of items) {
      const own = String(keyOf(item));
      const time = times.get(own) ?? 0;
      times.set(own, time + 1);
      const key = time ? `${time}\0${own}` : own;
      const entry = known.get(key) ?? make(item);
      entry.update?.(item);
      wanted.set(key, entry);
    }
    const held = focused(parent);
    for (const [key, entry] of known) {
      if (wanted.has(key)) continue;
      entry.destroy?.();
      entry.element.remove();
    }
    known = wanted;
    let place = parent.firstChild;
    for (const entry of wanted.values()) {
      if (entry.element === place) place = place.nextSibling;
      else parent.insertBefore(entry.element, place);
    }
    // A node that moved loses the focus; from one that is gone it goes to what is around, never to the notebook's own keys.
    if (held && held !== focused(parent) && held !== document.body) {
      const next = parent.contains(held) ? held : parent.closest("[role=tabpanel], .azml-root");
      next?.focus({ preventScroll: true });
    }
  };
}

// `draw` at most once per animation frame and never under a press, however often the returned function is called; stop() forgets what is due.
function oncePerFrame(draw) {
  let due = 0;
  const drawDue = () => {
    if (!due) return;
    due = 0;
    draw();
  };
  const ask = () => {
    due ||= requestAnimationFrame(() => afterPress(drawDue));
  };
  ask.stop = () => {
    cancelAnimationFrame(due);
    due = 0;
  };
  return ask;
}

function prefersStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function formatFigure(number, digits = 0) {
  return number.toLocaleString(undefined, { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

function formatCount(number) {
  return Math.round(number).toLocaleString();
}

// 8 ms, 450 ms, 1.2 s, 3 min 20 s.
function formatSeconds(seconds) {
  if (seconds < 0.9995) return word("unit.milliseconds", { figure: formatFigure(1000 * seconds) });
  if (seconds < 59.95) return word("unit.seconds", { figure: formatFigure(seconds, 1) });
  return formatAge(seconds);
}

// As above with tenths below ten: 0.4 ms, 4.2 ms, 45 ms, 1.2 s.
function formatMilliseconds(milliseconds) {
  if (milliseconds >= 999.5) return formatSeconds(milliseconds / 1000);
  const digits = milliseconds > 0 && milliseconds < 9.95 ? 1 : 0;
  return word("unit.milliseconds", { figure: formatFigure(milliseconds, digits) });
}

// The kernel's clock, whose machine may have another time than this one.
function kernelNow(state) {
  return Date.now() / 1000 - (state.skew ?? 0);
}

// How long something lasts already, in its two largest units: 12 s, 3 min 20 s, 2 h 5 min, 4 d 3 h.
function formatAge(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return word("unit.seconds", { figure: formatFigure(whole) });
  if (whole < 3600) return word("unit.minutes", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
  if (whole < 86400) return word("unit.hours", { hours: Math.floor(whole / 3600), minutes: Math.floor((whole % 3600) / 60) });
  return word("unit.days", { days: Math.floor(whole / 86400), hours: Math.floor((whole % 86400) / 3600) });
}

// How long ago something was, in one unit: just now, 12 s ago, 3 min ago, 2 h ago, 4 d ago.
function formatAgo(seconds) {
  for (const [size, unit] of [[86400, "days"], [3600, "hours"], [60, "minutes"], [5, "seconds"]]) {
    if (seconds >= size) return word(`ago.${unit}`, { count: Math.floor(seconds / (size === 5 ? 1 : size)) });
  }
  return word("ago.now");
}

function twoDigits(number) {
  return String(number).padStart(2, "0");
}

// 0:07, 12:03, 1:02:03.
function formatClock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hours ? `${hours}:${twoDigits(minutes)}:${twoDigits(rest)}` : `${minutes}:${twoDigits(rest)}`;
}

// 812 bytes, 12.3 MB; of 10^6 bytes, as Docker counts.
function formatBytes(size) {
  for (const [unit, name] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) {
    if (size >= unit) return word(`unit.${name}`, { figure: formatFigure(size / unit, 1) });
  }
  return word("unit.bytes", { count: size });
}

// 14:03:22 of the reader's day.
function formatTime(epochSeconds) {
  return new Date(1000 * epochSeconds).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}
