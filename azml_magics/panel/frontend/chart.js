// A small bar chart with a title and a description for those who cannot see it; what the figures are is left to who asks.

const LATENCY_CHART = { width: 120, height: 28, slots: LATENCIES_KEPT, gap: 0.25 };

// update(values, {title, description}) draws at most as many as fit, from the right, scaled to the largest.
function makeBarChart() {
  const { width, height, slots, gap } = LATENCY_CHART;
  const [titleId, descriptionId] = [uniqueId("chart-title"), uniqueId("chart-text")];
  const title = svg("title", { id: titleId });
  const description = svg("desc", { id: descriptionId });
  const base = svg("path", { class: "azml-chart-base", d: `M0 ${height - 0.5}H${width}` });
  const bars = svg("path", { class: "azml-chart-bars" });
  const element = svg(
    "svg",
    {
      class: "azml-chart",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      preserveAspectRatio: "none",
      "aria-labelledby": titleId,
      "aria-describedby": descriptionId,
    },
    title,
    description,
    base,
    bars,
  );

  function outline(values) {
    const step = width / slots;
    const top = Math.max(...values, 0) || 1;
    const seen = values.slice(-slots);
    const left = width - step * seen.length;
    return seen
      .map((value, index) => {
        // Even the smallest answer is a bar: it was one.
        const tall = Math.max(1.5, (value / top) * (height - 1));
        const at = left + index * step + (step * gap) / 2;
        return `M${at.toFixed(2)} ${height}v${(-tall).toFixed(2)}h${(step * (1 - gap)).toFixed(2)}V${height}z`;
      })
      .join("");
  }

  return {
    element,
    update(values, words) {
      setText(title, words.title);
      setText(description, words.description);
      setAttribute(bars, "d", outline(values) || "M0 0");
    },
  };
}
