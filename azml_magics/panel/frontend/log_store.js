// The lines of one log, shared by all views of a model: decoded in slices, numbered from the log's beginning, bounded; what is shown of them is left
// to log_rows.js and log_view.js.

const KEPT_LINES = 200_000;
const KEPT_CHARACTERS = 32 * 1024 * 1024;
// The kernel clips lines itself; this holds whatever comes.
const LINE_CHARACTERS = 32_768;
const CHUNK = 256;
const SLICE_MS = 8;
// Before the same lines are asked for again.
const PATIENCE_MS = 1000;

// A task of its own; other than a timer's it waits for nothing.
function soon(callback) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(null);
}

// Work in slices that leave the page time for everything else: step() does a little, and says whether there is more; paused() follows every slice.
function makeWork(step, paused = () => {}) {
  let going = false;
  const slice = () => {
    const end = performance.now() + SLICE_MS;
    let more = true;
    while (more && performance.now() < end) more = step();
    going = more;
    if (more) soon(slice);
    paused();
  };
  return {
    start() {
      if (going) return;
      going = true;
      soon(slice);
    },
    going: () => going,
  };
}

// A string of its own, which does not hold the long one it was cut from.
function cutText(text, length) {
  return new TextDecoder().decode(new TextEncoder().encode(text.slice(0, length)));
}

function readLine(bytes) {
  const raw = new TextDecoder().decode(bytes);
  try {
    const [time, source, text] = JSON.parse(raw);
    if (typeof time === "number" && typeof source === "string" && typeof text === "string") return { time, source, text };
  } catch {
    // Not JSON: shown as it came.
  }
  return { time: NaN, source: "", text: raw };
}

// The lines of one message: next() gives one after the other, and null at the end. A message never holds more than it said: what is too much
// belongs to its last line, what is missing is said.
function makePart(at, count, bytes) {
  let position = 0;
  let given = 0;
  const nextBytes = () => {
    const end = bytes.indexOf(10, position);
    const last = given === count - 1 || end < 0;
    const line = bytes.subarray(position, last ? bytes.length : end);
    position = last ? bytes.length : end + 1;
    return last && line.at(-1) === 10 ? line.subarray(0, -1) : line;
  };
  return {
    get number() {
      return at + given;
    },
    next() {
      if (given >= count) return null;
      const line = position < bytes.length ? readLine(nextBytes()) : { time: NaN, source: "", text: word("log.lostLine") };
      given += 1;
      return line;
    },
  };
}

// askAgain(feed, have) is called when lines are missing before those that came.
function makeLogStore(askAgain = () => {}) {
  const listeners = new Set();
  let feed = null;
  let first = 0;
  let end = 0;
  let characters = 0;
  let chunks = [];
  let counts = new Map();
  let queue = [];
  let have = 0;
  let asked = { have: -1, at: 0 };

  const work = makeWork(
    () => {
      const part = queue[0];
      if (!part) return false;
      for (let left = 32; left > 0; left -= 1) {
        const { number } = part;
        const line = part.next();
        if (line === null) {
          queue.shift();
          return true;
        }
        if (number === end) add(line);
      }
      return true;
    },
    () => tell(),
  );

  function tell() {
    for (const listener of [...listeners]) listener();
  }

  function add({ time, source, text }) {
    let chunk = chunks.at(-1);
    if (!chunk || chunk.texts.length === CHUNK) {
      chunk = { times: new Float64Array(CHUNK), sources: [], texts: [], lengths: new Int32Array(CHUNK), characters: 0 };
      chunks.push(chunk);
    }
    const over = text.length - LINE_CHARACTERS;
    const kept = over > 0 ? cutText(text, LINE_CHARACTERS) + word("log.clipped", { count: over }) : text;
    chunk.times[chunk.texts.length] = time;
    chunk.sources.push(source);
    chunk.texts.push(kept);
    chunk.characters += kept.length;
    characters += kept.length;
    counts.set(source, (counts.get(source) ?? 0) + 1);
    end += 1;
    while (chunks.length > 1 && (end - first > KEPT_LINES || characters > KEPT_CHARACTERS)) dropOldest();
  }

  function dropOldest() {
    const chunk = chunks.shift();
    first += chunk.texts.length;
    characters -= chunk.characters;
    for (const source of chunk.sources) counts.set(source, counts.get(source) - 1);
  }

  function begin(newFeed, at) {
    feed = newFeed;
    first = end = have = at;
    characters = 0;
    chunks = [];
    counts = new Map();
    queue = [];
    asked = { have: -1, at: 0 };
    store.generation += 1;
    tell();
  }

  function enqueue(at, count, part) {
    have = Math.max(have, at + count);
    queue.push(part);
    work.start();
  }

  const store = {
    // Changes when another log takes the place of this one.
    generation: 0,
    get feed() {
      return feed;
    },
    // The number of the oldest line kept, of the one after the newest, and of the first one that did not come yet.
    get first() {
      return first;
    },
    get end() {
      return end;
    },
    get have() {
      return have;
    },
    get counts() {
      return counts;
    },
    // One message: the next lines, lines known already, or lines after a gap, which are asked for, as are lines that did not come with it.
    take({ feed: from, at, count, reset }, buffer) {
      // Every line is a byte at least: what says otherwise is no message of ours.
      const right = [at, count].every((number) => Number.isSafeInteger(number) && number >= 0) && count <= (buffer?.byteLength ?? count);
      if (typeof from !== "string" || !right) return;
      if (from !== feed) begin(from, reset ? at : 0);
      else if (reset && at > have) begin(from, at);
      if (at > have || (count && !buffer)) {
        const now = performance.now();
        if (asked.have === have && now - asked.at < PATIENCE_MS) return;
        asked = { have, at: now };
        askAgain(feed, have);
      } else if (count && at + count > have) {
        enqueue(at, count, makePart(at, count, new Uint8Array(buffer.buffer ?? buffer, buffer.byteOffset ?? 0, buffer.byteLength)));
      }
    },
    reset(newFeed, at = 0) {
      begin(newFeed, at);
    },
    line(number) {
      const chunk = chunks[Math.floor((number - first) / CHUNK)];
      const at = (number - first) % CHUNK;
      return number < first || number >= end ? undefined : { time: chunk.times[at], source: chunk.sources[at], text: chunk.texts[at] };
    },
    text(number) {
      return chunks[Math.floor((number - first) / CHUNK)].texts[(number - first) % CHUNK];
    },
    source(number) {
      return chunks[Math.floor((number - first) / CHUNK)].sources[(number - first) % CHUNK];
    },
    // What is worked out of a line's text once: 0 until it is set.
    length(number) {
      return chunks[Math.floor((number - first) / CHUNK)].lengths[(number - first) % CHUNK];
    },
    setLength(number, length) {
      chunks[Math.floor((number - first) / CHUNK)].lengths[(number - first) % CHUNK] = length;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return store;
}
