// The search in a log: where its matches are, how many, and which one is looked at; in slices, and on with the lines that come. Elements are left to
// log_lines.js and log_view.js.

const STEP_LINES = 64;
const STEP_CHARACTERS = 200_000;

function makePattern(query, caseSensitive) {
  return new RegExp(query.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), caseSensitive ? "gu" : "giu");
}

function shownText(text) {
  return CONTROL.test(text) ? parseLine(text).text : text;
}

// [from, to] of the matches in a text.
function findAll(pattern, text) {
  return Array.from(text.matchAll(pattern), (match) => [match.index, match.index + match[0].length]);
}

// changed() follows every slice of work and every move; `current` is {number, index}: the line, and which of its matches.
function makeLogSearch(store, changed) {
  let pattern = null;
  let hidden = new Set();
  let lines = makeNumbers();
  let sums = makeNumbers();
  let gone = 0;
  let next = 0;
  let seeking = null;
  let current = null;
  let generation = store.generation;

  const work = makeWork(() => {
    if (!pattern) return false;
    settle();
    let left = STEP_CHARACTERS;
    const end = Math.min(store.end, next + STEP_LINES);
    for (; next < end && left > 0; next += 1) {
      if (hidden.has(store.source(next))) continue;
      const text = shownText(store.text(next));
      left -= text.length;
      const found = countIn(text);
      if (!found) continue;
      sums.push(gone + count() + found);
      lines.push(next);
      if (seeking !== null && next >= seeking) choose(lines.length - 1, 0);
    }
    if (next < store.end) return true;
    if (seeking !== null && lines.length) choose(0, 0);
    seeking = null;
    return false;
  }, changed);

  function countIn(text) {
    pattern.lastIndex = 0;
    let found = 0;
    while (pattern.exec(text)) found += 1;
    return found;
  }

  // The log may be another one, and its oldest lines may be gone.
  function settle() {
    if (generation !== store.generation) begin();
    next = Math.max(next, store.first);
    const dropped = lines.find(store.first);
    if (!dropped) return;
    gone = sums.at(dropped - 1);
    lines.dropFirst(dropped);
    sums.dropFirst(dropped);
    if (current && current.number < store.first) current = null;
  }

  function begin() {
    generation = store.generation;
    lines = makeNumbers();
    sums = makeNumbers();
    gone = 0;
    next = store.first;
    current = null;
    seeking = null;
  }

  const count = () => (sums.length ? sums.at(sums.length - 1) - gone : 0);
  const before = (place) => (place > 0 ? sums.at(place - 1) - gone : 0);

  function choose(place, index) {
    current = { number: lines.at(place), index };
    seeking = null;
  }

  // Which match stands at a place counted over all lines.
  function chooseOrdinal(ordinal) {
    const place = sums.find(gone + ordinal + 1);
    choose(place, ordinal - before(place));
  }

  return {
    // Looks for `query`; the first match at or after line `from` becomes the current one.
    set(query, { caseSensitive, from = null, without = new Set() }) {
      pattern = query ? makePattern(query, caseSensitive) : null;
      hidden = without;
      begin();
      seeking = from;
      if (pattern) work.start();
      changed();
    },
    // There are more lines.
    advance() {
      if (pattern) work.start();
    },
    // The next match, or the one before, seen from the current one or from line `from`.
    move(direction, from) {
      settle();
      if (!lines.length) return;
      const place = current ? lines.find(current.number) : lines.find(direction > 0 ? from : from + 1) - (direction > 0 ? 0 : 1);
      const ordinal = current ? before(place) + current.index + direction : direction > 0 ? before(place) : before(place + 1) - 1;
      chooseOrdinal((ordinal + count()) % count());
      changed();
    },
    // The reader looks elsewhere by now: what is still found is counted alone.
    stay() {
      seeking = null;
    },
    matches: (text) => (pattern ? findAll(pattern, text) : []),
    get active() {
      return pattern !== null;
    },
    get current() {
      return current;
    },
    get count() {
      return pattern ? count() : 0;
    },
    // 1 for the first match, 0 when none is looked at.
    get position() {
      return current ? before(lines.find(current.number)) + current.index + 1 : 0;
    },
    get busy() {
      return pattern !== null && next < store.end;
    },
  };
}
