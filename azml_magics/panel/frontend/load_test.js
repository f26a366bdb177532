// Many requests at once: how many, how far it is, what they have shown; the request itself is the playground's.

const PERCENTILES = ["p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms"];
const LOAD_CHART = { width: 480, height: 120, foot: 18, gap: 1 };

// request() gives {name, body, headers, timeout} or null after it said why there is none.
function makeLoadTest(ctx, request) {
  const number = (name, value, most) =>
    h("input", { class: "azml-input azml-number", id: uniqueId(name), type: "number", min: "1", max: String(most), step: "1", value: String(value), inputmode: "numeric" });
  const requests = number("load-requests", 200, 1000000);
  const concurrency = number("load-concurrency", 4, 256);
  const labelled = (input, key) => h("label", { class: "azml-label", for: input.id }, word(key), input);
  const start = button(word("load.start"), begin, { class: "azml-button azml-primary" });
  const stop = button(word("load.stop"), end, { hidden: true });
  const bar = h("progress", { class: "azml-load-bar", "aria-label": word("load.progress"), max: "1", value: 0, hidden: true });
  const said = h("p", { class: "azml-note" });
  const result = h("div", { class: "azml-load-result" });
  const form = h("div", { class: "azml-row" }, labelled(requests, "load.requests"), labelled(concurrency, "load.concurrency"), start, stop);
  const element = h("details", { class: "azml-details" }, h("summary", {}, word("load.title")), form, bar, said, result);
  let running = null;
  let stopping = false;

  function wholeNumber(input, key) {
    const value = Number(input.value);
    const right = Number.isInteger(value) && value >= 1 && value <= Number(input.max);
    setAttribute(input, "aria-invalid", right ? null : "true");
    if (right) return value;
    setText(said, word("load.wrong", { what: word(key), most: Number(input.max) }));
    input.focus();
    return null;
  }

  async function begin() {
    if (running) return;
    const size = { requests: wholeNumber(requests, "load.requests"), concurrency: wholeNumber(concurrency, "load.concurrency") };
    if (size.requests === null || size.concurrency === null) return;
    const asked = request();
    if (!asked) return;
    const mine = uniqueId("load");
    running = mine;
    stopping = false;
    result.replaceChildren();
    bar.value = 0;
    draw({ done: 0, errors: 0, seconds: 0 });
    showButtons();
    ctx.announce(word("load.started"));
    try {
      const value = await ctx.ask("load", { load: mine, ...asked, ...size }, draw);
      show(asked.name, value);
    } catch (error) {
      setText(said, "");
      result.replaceChildren(...[h("p", { class: "azml-bad" }, error.message), makeErrorLines(error)].filter(Boolean));
      ctx.announce(error.message);
    }
    running = null;
    showButtons();

    function draw(progress) {
      bar.value = Math.min(1, progress.done / size.requests);
      if (stopping) return;
      const left = progress.done ? (progress.seconds / progress.done) * (size.requests - progress.done) : 0;
      const figures = { done: progress.done, all: size.requests, errors: word("load.errors", { count: progress.errors }), left: formatSeconds(left) };
      setText(said, word(left >= 1 ? "load.doneLeft" : "load.done", figures));
    }
  }

  // Each button has a place of its own: a second click is never meant for the other one. The one that is not there cannot keep the focus.
  function showButtons() {
    const held = focused(element);
    setEnabled(start, !running && ctx.live() && Boolean(ctx.state().services.length));
    setHidden(stop, !running);
    setHidden(bar, !running);
    setEnabled(stop, !stopping);
    if (held === stop && !running) start.focus();
  }

  function end() {
    if (!running) return;
    const mine = running;
    stopping = true;
    showButtons();
    setText(said, word("load.stopping"));
    ctx.ask("load_stop", { load: mine }).catch((error) => running === mine && setText(said, error.message));
  }

  function show(name, value) {
    const time = (key) => (value[key] === null ? word("unit.unknown") : formatMilliseconds(value[key]));
    const summary = word(value.stopped ? "load.summaryStopped" : "load.summary", {
      name,
      requests: word("load.requestCount", { count: value.requests }),
      seconds: formatSeconds(value.seconds),
      rate: formatFigure(value.per_second, value.per_second < 10 ? 1 : 0),
      errors: word("load.errors", { count: value.errors }),
    });
    setText(said, "");
    const row = h("tr", {}, PERCENTILES.map((key) => h("td", {}, time(key))));
    const table = h(
      "table",
      { class: "azml-load-table" },
      h("caption", {}, word("load.latency")),
      h("thead", {}, h("tr", {}, PERCENTILES.map((key) => h("th", { scope: "col" }, word(`load.${key}`))))),
      h("tbody", {}, row),
    );
    const statuses = Object.entries(value.statuses).map(([status, count]) => word("load.status", { status, times: count.toLocaleString() }));
    const failures = value.failures.map((text) => h("li", {}, text));
    result.replaceChildren(
      ...[
        h("p", { class: value.errors ? "azml-bad" : "azml-good" }, icon(value.errors ? "warning" : "done"), summary),
        value.histogram.length ? table : null,
        value.histogram.length ? drawHistogram(value.histogram) : null,
        statuses.length ? h("p", { class: "azml-note" }, `${word("load.statuses")} ${statuses.join(", ")}`) : null,
        failures.length ? h("ul", { class: "azml-load-failures", "aria-label": word("load.failures") }, failures) : null,
      ].filter(Boolean),
    );
    ctx.announce(summary);
  }

  return { element, update: showButtons };
}

// Bars over the bins; who cannot see them has the figures in a table below.
function drawHistogram(bins) {
  const most = Math.max(...bins.map((bin) => bin.count));
  const all = bins.reduce((sum, bin) => sum + bin.count, 0);
  const wide = LOAD_CHART.width / bins.length;
  const tall = LOAD_CHART.height - LOAD_CHART.foot;
  const range = (bin) => word("load.bin", { from: formatMilliseconds(bin.from_ms), to: formatMilliseconds(bin.to_ms) });
  const bars = bins.map((bin, place) => {
    const height = bin.count ? Math.max(2, (bin.count / most) * (tall - 4)) : 0;
    const bar = svg("rect", { class: "azml-load-column", x: place * wide + LOAD_CHART.gap / 2, y: tall - height, width: Math.max(1, wide - LOAD_CHART.gap), height });
    bar.append(svg("title", { text: `${range(bin)}: ${word("load.requestCount", { count: bin.count })}` }));
    return bar;
  });
  const middle = bins[Math.floor(bins.length / 2)];
  const label = (x, anchor, milliseconds) => svg("text", { x, y: LOAD_CHART.height - 4, "text-anchor": anchor, text: formatMilliseconds(milliseconds) });
  const labels = [label(0, "start", bins[0].from_ms), label(LOAD_CHART.width, "end", bins.at(-1).to_ms)];
  if (bins.length > 2) labels.push(label(Math.floor(bins.length / 2) * wide, "middle", middle.from_ms));
  const top = bins.reduce((best, bin) => (bin.count > best.count ? bin : best));
  const told = word("load.chart", { range: range(top), share: formatFigure((100 * top.count) / all), least: formatMilliseconds(bins[0].from_ms), most: formatMilliseconds(bins.at(-1).to_ms) });
  const drawing = svg(
    "svg",
    { class: "azml-load-chart", viewBox: `0 0 ${LOAD_CHART.width} ${LOAD_CHART.height}`, role: "img", "aria-label": told },
    svg("line", { x1: 0, x2: LOAD_CHART.width, y1: tall, y2: tall }),
    bars,
    labels,
  );
  const filled = bins.filter((bin) => bin.count);
  const rows = filled.map((bin) => h("tr", {}, h("th", { scope: "row" }, range(bin)), h("td", {}, bin.count.toLocaleString())));
  const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, word("load.latency")), h("th", { scope: "col" }, word("load.requests"))));
  const figures = h("details", { class: "azml-details" }, h("summary", {}, word("load.figures")), h("table", { class: "azml-pairs" }, head, h("tbody", {}, rows)));
  return h("div", {}, drawing, figures);
}
