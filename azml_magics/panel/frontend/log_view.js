// The log tab: a scroller with only the rows that are to be seen, which follows the newest line until the reader scrolls; the controls above it are made
// by log_tools.js, rows by log_lines.js, keys are told by log_keys.js.

// Time for bringing rows up to date in one frame.
const FRAME_MS = 6;
const ROWS_AROUND = 8;
const LEAST_COLUMNS = 40;
// Taller elements have no height at all in Firefox (from 17.8 million pixels on) or an end that nobody can reach (from 33 million of the screen's own).
const TALLEST = 10_000_000;
const SAID_MS = 3000;

function makeLogView(ctx, store) {
  const wants = { follow: true, wrap: false, times: "none", hidden: new Set(), query: "", caseSensitive: false };
  const rows = makeRows(store);
  const colors = makeColors();
  const probe = h("div", { class: "azml-log-row azml-log-probe", "aria-hidden": "true" }, h("span", { class: "azml-log-text" }, "m".repeat(50)));
  const pad = h("div", { class: "azml-log-pad" });
  const view = h(
    "div",
    { class: "azml-log-lines", role: "log", "aria-live": "off", "aria-label": word("log.label"), tabindex: "0", dataset: { times: "none" } },
    pad,
    probe,
  );
  const notice = h("p", { class: "azml-log-notice", hidden: true });
  const empty = h("p", { class: "azml-log-empty" });
  const foot = h("p", { class: "azml-log-foot" });
  const lines = makeLines(store, pad, colors);
  const stamp = { text: 0, gutter: 0, layout: null };
  const shown = { expected: 0, height: 0, row: 18, generation: store.generation, counts: "" };
  let holding = false;
  let everything = false;
  let goal = null;
  let revealed = null;
  let unsaid = false;
  let said = { text: "", until: 0 };

  const draw = oncePerFrame(paint);
  const search = makeLogSearch(store, () => {
    const { current } = search;
    if (current !== revealed) {
      goal = current ?? goal;
      revealed = current;
      stamp.text += 1;
    }
    if (unsaid && !search.busy) sayFound();
    draw();
  });
  const tools = makeLogTools({
    search(query, caseSensitive) {
      Object.assign(wants, { query, caseSensitive });
      unsaid = query !== "";
      startSearch(topPlace()?.number ?? store.first);
    },
    move(direction) {
      search.move(direction, topPlace()?.number ?? store.first);
      if (search.position) sayFound();
    },
    leaveSearch: () => view.focus({ preventScroll: true }),
    follow,
    wrap(on) {
      wants.wrap = on;
      pad.style.minWidth = "";
      draw();
    },
    times(kind) {
      wants.times = kind;
      view.dataset.times = kind;
      stamp.gutter += 1;
      draw();
    },
    source(name, on) {
      if (on) wants.hidden.delete(name);
      else wants.hidden.add(name);
      startSearch(null);
      draw();
    },
    copy,
    download,
  });
  const element = h("div", { class: "azml-log" }, tools.element, notice, h("div", { class: "azml-log-frame" }, view, empty), foot);

  function startSearch(from) {
    goal = null;
    stamp.text += 1;
    search.set(wants.query, { caseSensitive: wants.caseSensitive, from, without: new Set(wants.hidden) });
  }

  function sayFound() {
    unsaid = false;
    ctx.announce(word("log.foundSpoken", { position: search.position, count: search.count }));
  }

  // What is selected holds the view where it is: whoever wants to follow gives it up.
  function follow(on) {
    if (on && selectedPlaces(pad)) document.getSelection().removeAllRanges();
    wants.follow = on;
    draw();
  }

  // The line at the upper edge, and how far the view is below its beginning.
  function topPlace() {
    const layout = rows.now;
    if (!layout.rows) return null;
    const row = Math.min(layout.rows - 1, Math.max(0, Math.floor(view.scrollTop / shown.row)));
    return { ...layout.at(row), rest: view.scrollTop - row * shown.row };
  }

  function measure() {
    const text = probe.lastElementChild.getBoundingClientRect();
    const row = probe.offsetHeight || 18;
    const gutter = pad.firstElementChild?.firstElementChild.getBoundingClientRect().width ?? 0;
    const columns = text.width ? Math.floor((view.clientWidth - gutter - 16) / (text.width / 50)) : 80;
    return { row, columns: Math.max(LEAST_COLUMNS, columns) };
  }

  function formatTime(seconds) {
    if (wants.times === "none") return "";
    if (wants.times === "clock") return formatMoment(seconds);
    return formatSince(seconds, ctx.state()?.started ?? store.line(store.first)?.time);
  }

  function paint() {
    const height = view.clientHeight;
    if (!height) return;
    const anchor = topPlace();
    if (colors.learn(view)) stamp.text += 1;
    if (shown.generation !== store.generation) forget();
    const { row, columns } = measure();
    rows.configure(wants.hidden, wants.wrap ? columns : 0, TALLEST / row);
    const more = rows.advance(FRAME_MS);
    const layout = rows.now;
    if (stamp.layout !== layout || shown.row !== row) stamp.text += 1;
    Object.assign(stamp, { layout });
    Object.assign(shown, { row, height });
    pad.style.height = `${layout.rows * row}px`;
    view.style.setProperty("--azml-log-digits", String(Math.max(4, String(store.end).length)));
    scroll(layout, anchor);
    const from = Math.max(0, Math.floor(shown.expected / row) - ROWS_AROUND);
    const to = Math.min(layout.rows, Math.ceil((shown.expected + height) / row) + ROWS_AROUND);
    const places = [];
    for (let at = from; at < to; at += 1) places.push({ row: at, ...layout.at(at) });
    lines.show(places, { layout, search, stamp: { ...stamp }, height: row, formatTime });
    if (goal === "sideways") showMark();
    tell(layout);
    if (more || goal) draw();
  }

  // To the match that is looked for, to the end while the view follows, else to where the same line stays in its place.
  function scroll(layout, anchor) {
    let top = view.scrollTop;
    if (goal?.number < store.first) goal = null;
    if (goal?.number !== undefined && layout.has(goal.number)) {
      top = revealTop(layout, top);
      wants.follow = false;
      goal = "sideways";
    } else if (wants.follow && !holding && !selectedPlaces(pad)) {
      top = layout.rows * shown.row;
    } else if (anchor) {
      if (selectedPlaces(pad)) wants.follow = false;
      const kept = Math.max(anchor.number, store.first);
      top = layout.rowOf(kept) * shown.row + (kept === anchor.number ? Math.min(anchor.part, partsOf(layout, kept)) * shown.row + anchor.rest : 0);
    }
    if (Math.abs(top - view.scrollTop) >= 0.5) view.scrollTop = top;
    shown.expected = view.scrollTop;
  }

  function partsOf(layout, number) {
    return Math.max(0, layout.rowOf(number + 1) - layout.rowOf(number) - 1);
  }

  function revealTop(layout, top) {
    const { text } = parseLine(store.text(goal.number));
    const [start] = search.matches(text)[goal.index] ?? [0];
    const at = (layout.rowOf(goal.number) + layout.partOf(text, start)) * shown.row;
    const inside = at >= top && at + shown.row <= top + shown.height;
    return inside ? top : Math.max(0, at - shown.height / 2);
  }

  function showMark() {
    goal = null;
    const mark = pad.querySelector(".azml-log-mark.azml-current");
    if (!mark) return;
    const [box, frame] = [mark.getBoundingClientRect(), view.getBoundingClientRect()];
    if (box.right > frame.left + view.clientWidth || box.left < frame.left + frame.width / 4) {
      view.scrollLeft += box.left - frame.left - frame.width / 2;
    }
  }

  function forget() {
    shown.generation = store.generation;
    wants.follow = true;
    everything = false;
    goal = null;
    if (wants.query) startSearch(null);
  }

  // What is written around the lines.
  function tell(layout) {
    const total = store.end;
    const gone = store.first;
    const path = ctx.state()?.log?.path;
    setHidden(notice, gone === 0);
    setText(notice, gone ? word(path ? "log.dropped" : "log.droppedSomewhere", { count: gone, path }) : "");
    setHidden(empty, layout.rows > 0);
    setText(empty, layout.rows ? "" : word(total > store.first ? "log.nothingShown" : "log.empty"));
    const count = word("log.lines", { count: total });
    const counted = wants.hidden.size && layout.lines < total - store.first ? word("log.linesShown", { shown: layout.lines, lines: count }) : count;
    setText(foot, performance.now() < said.until ? said.text : counted);
    view.dataset.selected = everything ? "all" : "";
    const list = [...store.counts].filter(([name, number]) => number || wants.hidden.has(name));
    tools.update({
      following: wants.follow,
      wrapping: wants.wrap,
      list: list.map(([name, number]) => ({ name, count: number, shown: !wants.hidden.has(name) })),
      searching: search.active,
      position: search.position,
      count: search.count,
      busy: search.busy,
    });
  }

  const prefix = ({ time, source }) => (wants.times === "none" ? "" : `${formatDay(time)} ${formatMoment(time)} ${source}\t`.trimStart());

  function selectedLines(places) {
    const text = selectedText(store, wants.hidden, places);
    return { parts: [text], count: text.split("\n").length };
  }

  async function copy() {
    const places = everything ? null : selectedPlaces(pad);
    const collecting = places ? Promise.resolve(selectedLines(places)) : collectText(store, wants.hidden, prefix);
    const done = await copyCollected(collecting.then(({ parts }) => parts.join("")));
    const { count } = await collecting;
    said = { text: word(done ? "log.copied" : "log.notCopied", { count }), until: performance.now() + SAID_MS };
    ctx.announce(said.text);
    setTimeout(draw, SAID_MS + 1);
    draw();
  }

  async function download() {
    const { log, title } = ctx.state() ?? {};
    const gone = store.first ? [`${word(log?.path ? "log.dropped" : "log.droppedSomewhere", { count: store.first, path: log?.path })}\n`] : [];
    const { parts } = await collectText(store, wants.hidden, prefix);
    saveFile([...gone, ...parts], fileName(title || "log"));
  }

  listenToCopies(view, (event) => {
    const places = selectedPlaces(pad);
    if (!places && !everything) return;
    const text = selectedText(store, wants.hidden, everything ? [{ number: store.first, at: 0 }, { number: store.end - 1, at: Infinity }] : places);
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    event.stopPropagation();
  });
  view.addEventListener("scroll", () => {
    const top = view.scrollTop;
    if (Math.abs(top - shown.expected) >= 1) {
      search.stay();
      const end = top + view.clientHeight >= view.scrollHeight - shown.row / 2;
      if (end && top > shown.expected) wants.follow = true;
      else if (!end) wants.follow = false;
      shown.expected = top;
    }
    // Who looks at the far end of a long line stays there, also where the lines around are short.
    pad.style.minWidth = view.scrollLeft > 0 && !wants.wrap ? `${view.scrollWidth}px` : "";
    draw();
  });
  view.addEventListener("pointerdown", () => {
    everything = false;
    holding = true;
    const ends = ["pointerup", "pointercancel"];
    const release = () => {
      for (const name of ends) window.removeEventListener(name, release);
      holding = false;
      draw();
    };
    for (const name of ends) window.addEventListener(name, release);
    draw();
  });
  listenToKeys(element, view, {
    search: tools.focusSearch,
    move: tools.move,
    begin() {
      shown.expected = view.scrollTop = 0;
      follow(false);
    },
    end: () => follow(true),
    selectAll() {
      everything = true;
      document.getSelection()?.removeAllRanges();
      draw();
    },
    leave() {
      if (!wants.query && !everything) return false;
      everything = false;
      tools.leaveSearch();
      return true;
    },
  });

  const sizes = new ResizeObserver(draw);
  sizes.observe(view);
  const themes = new MutationObserver(draw);
  for (const place of [document.documentElement, document.body]) themes.observe(place, { attributes: true });
  const deaf = store.subscribe(() => {
    search.advance();
    draw();
  });

  return {
    element,
    update: draw,
    shown: draw,
    // The elements may stay on the page: scrolling and searching go on.
    destroy() {
      deaf();
      sizes.disconnect();
      themes.disconnect();
    },
  };
}
