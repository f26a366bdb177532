// Rows of a log as elements: made for what is to be seen, kept while it stays, placed where it belongs; text goes in as text. Which rows those are is
// left to log_view.js.

// 14:03:22.123 of the reader's day.
function formatMoment(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const date = new Date(1000 * seconds);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  return `${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

// The day too, for text that leaves the page.
function formatDay(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const date = new Date(1000 * seconds);
  return [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join("-");
}

// +12.345, +1:02:03.004 since the beginning.
function formatSince(seconds, begin) {
  if (!Number.isFinite(seconds - begin)) return "";
  const thousandths = Math.round(1000 * Math.abs(seconds - begin));
  const [hours, minutes, rest] = [Math.floor(thousandths / 3_600_000), Math.floor(thousandths / 60_000) % 60, thousandths % 60_000];
  const tail = (rest / 1000).toFixed(3);
  const sign = seconds < begin ? "-" : "+";
  if (hours) return `${sign}${hours}:${twoDigits(minutes)}:${tail.padStart(6, "0")}`;
  return minutes ? `${sign}${minutes}:${tail.padStart(6, "0")}` : sign + tail;
}

// A row is never more elements than this: the rest of its text has no style, and only the match that is looked at is marked there.
const ROW_PIECES = 200;

function someOf(runs, from, to) {
  const inside = runs.filter((run) => run.to > from && run.from < to);
  if (inside.length <= ROW_PIECES) return inside;
  return [...inside.slice(0, ROW_PIECES), { from: inside[ROW_PIECES].from, to, style: NO_STYLE }];
}

// Fills `element` with text[from:to] in its styles, with its matches marked; `current` is the place of the one that is looked at.
function fillText(element, { text, runs }, [from, to], matches, current, colors) {
  if (!runs.length && !matches.length) {
    element.textContent = text.slice(from, to);
    return;
  }
  element.replaceChildren();
  const places = matches.map(([start, stop], index) => [start, stop, index]).filter(([start, stop]) => stop > from && start < to);
  const marked = places.filter(([, , index], place) => place < ROW_PIECES || index === current);
  for (const run of runs.length ? someOf(runs, from, to) : [{ from, to, style: NO_STYLE }]) {
    const piece = h("span");
    colors.apply(piece, run.style);
    let at = Math.max(run.from, from);
    const end = Math.min(run.to, to);
    for (const [start, stop, index] of marked) {
      if (stop <= at || start >= end) continue;
      if (start > at) piece.append(text.slice(at, start));
      const mark = h("mark", { class: index === current ? "azml-log-mark azml-current" : "azml-log-mark" });
      mark.textContent = text.slice(Math.max(at, start), Math.min(stop, end));
      piece.append(mark);
      at = Math.min(stop, end);
    }
    piece.append(text.slice(at, end));
    element.append(piece);
  }
}

function makeRowElement(number, part) {
  const gutter = h("span", { class: "azml-log-gutter", "aria-hidden": "true" });
  const text = h("span", { class: "azml-log-text" });
  // Figures beside the text come from attributes: neither a selection nor a search of the page finds them.
  for (const name of part ? [] : ["number", "time", "source"]) gutter.append(h("span", { class: `azml-log-${name}` }));
  const element = h("div", { class: "azml-log-row", dataset: { number: String(number), part: String(part) } }, gutter, text);
  return { element, gutter, text, stamp: -1 };
}

// The rows inside `pad`. show(rows, ...) brings them up to date: rows is a list of {row, number, part}; `stamp` changes when all must be written anew.
function makeLines(store, pad, colors) {
  let known = new Map();

  function write(entry, { number, part }, layout, search) {
    const line = store.line(number);
    const parsed = parseLine(line.text);
    const matches = search.matches(parsed.text);
    const index = search.current?.number === number ? search.current.index : -1;
    const range = layout.range(parsed.text, part, matches[index]?.[0]);
    fillText(entry.text, parsed, range, matches, index, colors);
    entry.element.dataset.from = String(range[0]);
    const left = layout.wraps ? 0 : parsed.text.length - range[1];
    setAttribute(entry.text, "data-more", left > 0 ? word("log.more", { count: left }) : null);
  }

  function writeGutter(entry, { number, part }, formatTime) {
    if (part) return;
    const line = store.line(number);
    const [numberPlace, timePlace, sourcePlace] = entry.gutter.children;
    setAttribute(numberPlace, "data-text", String(number + 1));
    setAttribute(timePlace, "data-text", formatTime(line.time));
    setAttribute(sourcePlace, "data-text", line.source);
  }

  // Rows that hold an end of the reader's selection stay, wherever they are: without them it would be lost.
  function heldRows() {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed) return [];
    return [selection.anchorNode, selection.focusNode].map((node) => rowElement(pad, node)).filter(Boolean);
  }

  return {
    show(rows, { layout, search, stamp, height, formatTime }) {
      const held = new Set(heldRows());
      const wanted = new Map(rows.map((place) => [`${place.number}:${place.part}`, place]));
      for (const [key, entry] of known) {
        if (wanted.has(key)) continue;
        const [number, part] = key.split(":").map(Number);
        const stays = held.has(entry.element) && number >= store.first && stamp.layout === entry.layout;
        if (stays) wanted.set(key, { number, part, row: layout.rowOf(number) + part });
        else entry.element.remove();
      }
      const before = known;
      known = new Map();
      const places = [...wanted.values()].sort((one, other) => one.row - other.row);
      let sibling = pad.firstElementChild;
      for (const place of places) {
        const key = `${place.number}:${place.part}`;
        const entry = before.get(key) ?? makeRowElement(place.number, place.part);
        if (entry.stamp !== stamp.text || entry.layout !== stamp.layout) {
          write(entry, place, layout, search);
          entry.stamp = stamp.text;
          entry.layout = stamp.layout;
        }
        if (entry.gutterStamp !== stamp.gutter) {
          writeGutter(entry, place, formatTime);
          entry.gutterStamp = stamp.gutter;
        }
        const top = `${place.row * height}px`;
        if (entry.element.style.top !== top) entry.element.style.top = top;
        if (entry.element === sibling) sibling = sibling.nextElementSibling;
        else pad.insertBefore(entry.element, sibling);
        known.set(key, entry);
      }
    },
  };
}

// The row around a node of the page; null outside of `pad`.
function rowElement(pad, node) {
  const element = node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement;
  const row = element?.closest(".azml-log-row");
  return row && pad.contains(row) ? row : null;
}
