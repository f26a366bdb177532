// Which line stands in which row: lines of sources that are not wanted have none, long ones several when they are wrapped. Pixels and elements are
// left to log_view.js.

// Before a line is shown in part: without wrapping, nobody reads further.
const ROW_CHARACTERS = 4000;
// Characters that take one cell in any monospaced type.
const NARROW = /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u25ff]*$/;
const NO_CELL = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const TWO_CELLS =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})$/u;
const TAB = 8;

// Numbers in one growing array whose beginning can be given back.
function makeNumbers() {
  let values = new Float64Array(1024);
  let head = 0;
  let tail = 0;
  return {
    get length() {
      return tail - head;
    },
    at: (place) => values[head + place],
    push(value) {
      if (tail === values.length) {
        const kept = values.subarray(head, tail);
        const grown = new Float64Array(Math.max(1024, 2 * kept.length));
        grown.set(kept);
        [values, head, tail] = [grown, 0, kept.length];
      }
      values[tail] = value;
      tail += 1;
    },
    dropFirst(count) {
      head += count;
    },
    // The place of the first number that is at least `value`; numbers must be in order.
    find(value) {
      let [low, high] = [head, tail];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (values[middle] < value) low = middle + 1;
        else high = middle;
      }
      return low - head;
    },
  };
}

function cellsOf(character, column) {
  if (character === "\t") return TAB - (column % TAB);
  if (character.length === 1 && NARROW.test(character)) return 1;
  if (NO_CELL.test(character)) return 0;
  return TWO_CELLS.test(character) ? 2 : 1;
}

// Where the rows of a line begin that is wrapped after `columns` cells.
function breakText(text, columns) {
  const starts = [0];
  if (NARROW.test(text)) {
    for (let at = columns; at < text.length; at += columns) starts.push(at);
    return starts;
  }
  let column = 0;
  let at = 0;
  for (const character of text) {
    const cells = cellsOf(character, column);
    if (column + cells > columns && column > 0) {
      starts.push(at);
      column = 0;
    }
    column += cells;
    at += character.length;
  }
  return starts;
}

// How many rows a line takes; lengths of plain lines are remembered, -1 stands for lines that must be looked at.
function countRows(store, number, columns) {
  let length = store.length(number);
  if (length === 0) {
    const { text } = parseLine(store.text(number));
    length = NARROW.test(text) ? Math.max(1, text.length) : -1;
    store.setLength(number, length);
  }
  return length > 0 ? Math.ceil(length / columns) : breakText(parseLine(store.text(number)).text, columns).length;
}

// Rows of the lines whose source is not in `hidden`, wrapped after `columns` cells (0: not wrapped).
function makeLayout(store, hidden, columns) {
  const numbers = makeNumbers();
  const ends = makeNumbers();
  let next = store.first;
  let gone = 0;
  const rows = () => (ends.length ? ends.at(ends.length - 1) - gone : 0);
  return {
    wraps: columns > 0,
    columns,
    get lines() {
      return numbers.length;
    },
    get rows() {
      return rows();
    },
    // Takes in some lines that came; false when there are no more.
    advance(count) {
      next = Math.max(next, store.first);
      const end = Math.min(store.end, next + count);
      let top = gone + rows();
      for (; next < end; next += 1) {
        if (hidden.has(store.source(next))) continue;
        top += columns ? countRows(store, next, columns) : 1;
        numbers.push(next);
        ends.push(top);
      }
      return next < store.end;
    },
    // Gives back the rows of lines that the store dropped.
    trim() {
      const dropped = numbers.find(store.first);
      if (!dropped) return;
      gone = ends.at(dropped - 1);
      numbers.dropFirst(dropped);
      ends.dropFirst(dropped);
    },
    // {number, part} of what stands in a row.
    at(row) {
      const place = Math.min(ends.find(gone + row + 1), numbers.length - 1);
      const top = place > 0 ? ends.at(place - 1) - gone : 0;
      return { number: numbers.at(place), part: row - top };
    },
    // The first row of a line, or of the next one that has any.
    rowOf(number) {
      const place = Math.min(numbers.find(number), numbers.length - 1);
      return place > 0 ? ends.at(place - 1) - gone : 0;
    },
    has: (number) => number < next,
    // [from, to, whole] of the text that stands in a part of a line; `near` is a place that must be in it.
    range(text, part, near = 0) {
      if (columns) {
        const starts = breakText(text, columns);
        return [starts[part] ?? text.length, starts[part + 1] ?? text.length];
      }
      const from = near > ROW_CHARACTERS - 200 ? near - ROW_CHARACTERS / 2 : 0;
      return [from, Math.min(text.length, from + ROW_CHARACTERS)];
    },
    partOf(text, place) {
      return columns ? Math.max(0, breakText(text, columns).findLastIndex((start) => start <= place)) : 0;
    },
  };
}

// The layout that is shown, and, while another one is asked for, the one that will take its place once it is complete.
function makeRows(store) {
  let current = makeLayout(store, new Set(), 0);
  let coming = null;
  let key = "";
  let generation = store.generation;
  let asked = { hidden: new Set(), columns: 0 };
  let most = Infinity;
  return {
    get now() {
      return current;
    },
    // With more than `limit` rows, lines are wrapped later: rows reach beyond the view then.
    configure(hidden, columns, limit) {
      most = limit;
      const wanted = `${columns} ${[...hidden].sort().join(" ")}`;
      if (wanted === key) return;
      key = wanted;
      asked = { hidden: new Set(hidden), columns };
      coming = makeLayout(store, asked.hidden, columns);
    },
    // Brings the layout up to date for so many milliseconds; true when there is more to do.
    advance(milliseconds) {
      if (generation !== store.generation) {
        generation = store.generation;
        current = makeLayout(store, asked.hidden, asked.columns);
        coming = null;
      }
      const end = performance.now() + milliseconds;
      current.trim();
      let more = true;
      while (more && performance.now() < end) {
        const growing = coming ?? current;
        more = growing.advance(128);
        if (growing.wraps && growing.rows > most) {
          coming = makeLayout(store, asked.hidden, 2 * growing.columns);
          more = true;
        } else if (!more && coming) {
          [current, coming] = [coming, null];
          current.trim();
        }
      }
      return more;
    },
  };
}
