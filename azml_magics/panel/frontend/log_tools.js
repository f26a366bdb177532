// The row of controls above a log, as elements that tell what the reader wants; what comes of it is left to log_view.js.

function toggle(label, onToggle, props = {}) {
  let pressed = false;
  const element = button(label, () => onToggle(!pressed), { ...props, "aria-pressed": "false" });
  return {
    element,
    set(value) {
      pressed = value;
      setAttribute(element, "aria-pressed", String(value));
    },
  };
}

// wants: {search(query, caseSensitive), move(direction), leaveSearch(), follow(on), wrap(on), times(kind), source(name, on), copy(), download()}.
function makeLogTools(wants) {
  let caseSensitive = false;
  const find = h("input", {
    type: "search",
    class: "azml-input azml-log-find",
    placeholder: word("log.find"),
    "aria-label": word("log.find"),
    title: word("log.findKeys"),
    spellcheck: false,
    autocomplete: "off",
    onInput: () => wants.search(find.value, caseSensitive),
  });
  const caseToggle = toggle(
    word("log.case"),
    (on) => {
      caseSensitive = on;
      caseToggle.set(on);
      wants.search(find.value, caseSensitive);
    },
    { title: word("log.caseLabel"), "aria-label": word("log.caseLabel") },
  );
  const named = (text, label, onClick) => button(text, onClick, { title: label, "aria-label": label });
  const found = h("span", { class: "azml-log-found" });
  const times = h(
    "select",
    { class: "azml-input", "aria-label": word("log.times"), title: word("log.times"), onChange: () => wants.times(times.value) },
    ["none", "clock", "since"].map((kind) => h("option", { value: kind }, word(`log.times.${kind}`))),
  );
  const follow = toggle(word("log.follow"), wants.follow, { title: word("log.followKeys") });
  const wrap = toggle(word("log.wrap"), wants.wrap, { title: word("log.wrapLabel") });
  const sources = h("div", { class: "azml-log-sources", role: "group", "aria-label": word("log.sources") });
  const search = h("div", { class: "azml-log-search", role: "search" }, find, caseToggle.element, found);
  const next = named("\u2193", word("log.next"), () => wants.move(1));
  const previous = named("\u2191", word("log.previous"), () => wants.move(-1));
  search.append(previous, next);

  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") wants.move(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
  });

  function leave() {
    find.value = "";
    wants.search("", caseSensitive);
    wants.leaveSearch();
  }

  const showSources = makeList(
    sources,
    ({ name }) => name,
    ({ name }) => {
      const count = h("span", { class: "azml-log-count" });
      const one = toggle("", (on) => wants.source(name, on));
      one.element.append(wordOr(`log.source.${name}`, name || word("log.source.unknown")), " ", count);
      return {
        element: one.element,
        update(item) {
          setText(count, formatCount(item.count));
          one.set(item.shown);
        },
      };
    },
  );

  return {
    element: h(
      "div",
      { class: "azml-log-tools", role: "toolbar", "aria-label": word("log.tools") },
      search,
      sources,
      h(
        "div",
        {},
        follow.element,
        wrap.element,
        times,
        named(word("log.copy"), word("log.copyLabel"), wants.copy),
        named(word("log.download"), word("log.downloadLabel"), wants.download),
      ),
    ),
    focusSearch() {
      find.focus();
      find.select();
    },
    leaveSearch: leave,
    move: (direction) => wants.move(direction),
    update({ following, wrapping, list, position, count, busy, searching }) {
      follow.set(following);
      wrap.set(wrapping);
      showSources(list);
      setText(found, searching ? word(busy ? "log.foundSoFar" : "log.found", { position, count }) : "");
      for (const step of [next, previous]) setEnabled(step, count > 0);
    },
  };
}
