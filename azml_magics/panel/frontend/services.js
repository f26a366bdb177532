// The services of the workspace: what each is, how it does, and the buttons that change it; logs and requests are left to their own views.

const COLUMNS = ["service", "state", "port", "runs", "uptime", "requests", "latency", "actions"];

function makeServices(ctx) {
  const head = h("tr", { role: "row" }, COLUMNS.map((name) => h("th", { role: "columnheader", scope: "col" }, word(`column.${name}`))));
  const table = h("table", { class: "azml-services", role: "table", "aria-label": word("tab.services") }, h("thead", { role: "rowgroup" }, head));
  const nothing = h("div", { class: "azml-nothing" }, h("p", {}, word("services.none")), h("p", {}, word("services.next")), h("code", {}, word("services.example")));
  const element = h("div", { class: "azml-services-view" }, nothing, table);
  const body = h("tbody", { role: "rowgroup" });
  table.append(body);
  const list = makeList(body, (row) => row.key, (row) => row.make(row));
  const rows = new Map();

  // Two rows a service: its figures, and under them what there is to say.
  function rowsOf(service) {
    if (!rows.has(service.name)) rows.set(service.name, makeService(ctx, service.name));
    const { main, note, update } = rows.get(service.name);
    update(service);
    return [
      { key: `main ${service.name}`, make: () => ({ element: main }) },
      { key: `note ${service.name}`, make: () => ({ element: note }) },
    ];
  }

  return {
    element,
    update(state) {
      const names = new Set(state.services.map((service) => service.name));
      for (const name of rows.keys()) if (!names.has(name)) rows.delete(name);
      setHidden(table, names.size === 0);
      setHidden(nothing, names.size > 0);
      list(state.services.flatMap(rowsOf));
    },
    destroy() {},
  };
}

function makeService(ctx, name) {
  const cells = Object.fromEntries(COLUMNS.map((column) => [column, h("td", { role: "cell", dataset: { label: word(`column.${column}`) }, class: `azml-cell-${column}` })]));
  const main = h("tr", { role: "row", class: "azml-service" }, COLUMNS.map((column) => cells[column]));
  const problem = h("div", { class: "azml-problem" });
  const note = h("tr", { role: "row", class: "azml-service-note", hidden: true }, h("td", { role: "cell", colspan: COLUMNS.length }, problem));
  const figures = makeFigures(cells, name);
  const actions = makeActions(ctx, name, () => update(last));
  cells.actions.append(actions.element);
  let last = null;

  function update(service) {
    last = service;
    const state = ctx.state();
    setAttribute(main, "aria-current", state.selected === name ? "true" : null);
    figures(service, state, ctx.live());
    actions.update(service);
    const said = actions.failure() ?? (service.problem ? { message: service.problem, lines: [] } : null);
    setHidden(note, said === null);
    setText(problem, said ? [said.message, ...(said.lines ?? [])].join("\n") : "");
  }

  return { main, note, update };
}

// The figures of a row; each node is made once and its text changed.
function makeFigures(cells, name) {
  const two = (cell) => {
    const [first, second] = [h("span", { class: "azml-first" }), h("span", { class: "azml-second" })];
    cell.append(h("span", { class: "azml-two" }, first, second));
    return (one, other) => {
      setText(first, one ?? "");
      setText(second, other ?? "");
      setHidden(second, !other);
    };
  };
  const label = two(cells.service);
  const condition = h("span", { class: "azml-pill azml-pill-small" });
  cells.state.append(condition);
  const runs = two(cells.runs);
  const requests = two(cells.requests);
  const latency = two(cells.latency);
  const chart = makeBarChart();
  cells.latency.append(chart.element);
  return (service, state, live) => {
    label(service.name, service.engine);
    setText(condition, wordOr(`serviceState.${service.state}`, service.state));
    setAttribute(condition, "data-tone", SERVICE_TONES[service.state] ?? null);
    setText(cells.port, service.port ? String(service.port) : word("unit.unknown"));
    setAttribute(cells.port, "title", service.scoring_uri || null);
    runs(service.environment || word("services.noEnvironment"), service.model);
    const running = service.state === "running" && service.started;
    if (live || !cells.uptime.textContent) setText(cells.uptime, running ? formatAge(kernelNow(state) - service.started) : word("unit.unknown"));
    requests(formatCount(service.requests ?? 0), errorShare(service));
    showLatency(service, latency, chart, name);
  };
}

function errorShare({ requests, errors }) {
  if (!requests) return "";
  if (!errors) return word("services.noErrors");
  const share = (100 * errors) / requests;
  return word("services.errors", { count: errors, share: formatFigure(share, share < 10 ? 1 : 0) });
}

function showLatency(service, latency, chart, name) {
  const values = service.latencies ?? [];
  setAttribute(chart.element, "hidden", values.length === 0);
  if (values.length === 0) {
    latency(word("services.noRequests"), "");
    return;
  }
  const write = (value) => (value === null || value === undefined ? word("unit.unknown") : formatMilliseconds(value));
  const middle = { p50: write(service.p50_ms), p99: write(service.p99_ms) };
  latency(word("services.p50", middle), word("services.p99", middle));
  const range = { low: formatMilliseconds(Math.min(...values)), high: formatMilliseconds(Math.max(...values)) };
  chart.update(values, {
    title: word("services.chart", { count: values.length, service: name }),
    description: word("services.chartText", { ...range, ...middle }),
  });
}

// The buttons of a row: at rest, asking whether to stop, or waiting for the kernel's answer.
function makeActions(ctx, name, changed) {
  let busy = null;
  let failure = null;
  const act = (action) => button(word(`action.${action}`), () => run(action), { class: "azml-button azml-button-small", "aria-label": word(`action.${action}Of`, { service: name }) });
  const view = (key, tab) => {
    const go = () => {
      ctx.select(name);
      ctx.openTab(tab);
    };
    return button(word(key), go, { class: "azml-button azml-button-small", "aria-label": word(`${key}Of`, { service: name }) });
  };
  const buttons = { reload: act("reload"), update: act("update") };
  const stop = button(word("action.stop"), askFirst, { class: "azml-button azml-button-small", "aria-label": word("action.stopOf", { service: name }) });
  const keep = button(word("stop.keep"), () => settle(stop), { class: "azml-button azml-button-small" });
  const reallyStop = button(word("stop.yes"), (event) => {
    // The second half of a double click was not meant for what came under the pointer.
    if (event.detail > 1) return;
    settle(stop);
    run("stop");
  }, { class: "azml-button azml-button-small azml-button-danger" });
  const rest = h("span", { class: "azml-actions" }, view("action.log", "log"), view("action.try", "playground"), buttons.reload, buttons.update, stop);
  const question = h("span", { class: "azml-actions azml-question", role: "group", "aria-label": word("stop.question", { service: name }), hidden: true }, h("span", {}, word("stop.question", { service: name })), reallyStop, keep);
  const element = h("span", {}, rest, question);
  buttons.stop = stop;
  question.addEventListener("keydown", (event) => {
    if (event.key === "Escape") settle(stop);
  });

  function askFirst() {
    setHidden(rest, true);
    setHidden(question, false);
    keep.focus();
  }

  // The focus goes on only from here: it may be in a cell by now.
  function settle(next) {
    const held = question.contains(focused(question));
    setHidden(question, true);
    setHidden(rest, false);
    if (held) next.focus();
  }

  async function run(action) {
    busy = action;
    failure = null;
    changed();
    ctx.announce(word(`action.${action}Busy`));
    try {
      const value = await ctx.ask("service", { action, name });
      ctx.announce(value?.message || word(`action.${action}Done`, { service: name }));
    } catch (error) {
      failure = error;
      ctx.announce(error.message);
    }
    busy = null;
    changed();
  }

  return {
    element,
    failure: () => failure,
    update(service) {
      const running = service.state === "running";
      const possible = { reload: running, update: running || service.state === "failed", stop: service.state !== "stopped" };
      for (const [action, control] of Object.entries(buttons)) {
        setText(control, word(busy === action ? `action.${action}Busy` : `action.${action}`));
        setEnabled(control, busy === null && possible[action] && ctx.live());
      }
      if (!ctx.live() && !question.hidden) settle(stop);
    },
  };
}
