// The requests of one service that are kept: listed, opened in the editor, sent again; sending is left to the playground.

const LISTED_REQUESTS = 50;

// actions: {open(row), resend(row)}.
function makeHistory(ctx, actions) {
  const note = h("p", { class: "azml-note" });
  const body = h("tbody");
  const columns = ["history.time", "history.status", "history.latency", "history.body"].map((key) => h("th", { scope: "col" }, word(key)));
  const table = h(
    "table",
    { class: "azml-history-table" },
    h("thead", {}, h("tr", {}, columns, h("th", { scope: "col" }, hiddenText(word("history.actions"))))),
    body,
  );
  const element = h("details", { class: "azml-details" }, h("summary", {}, word("history.title")), note, table);
  const refresh = makeList(body, (row) => row.number, makeRow);
  let service = null;
  let due = 0;

  function makeRow(row) {
    const time = formatTime(row.time);
    const what = word("history.row", { time, status: row.status });
    const first = row.body.trimStart().split("\n").join(" ").slice(0, 200);
    const text = row.binary ? word("history.binary", { size: formatBytes(row.bytes) }) : first || word("history.empty");
    const open = button(word("history.open"), () => actions.open(row), { "aria-label": `${word("history.open")}: ${what}`, class: "azml-button azml-button-small" });
    const again = button(word("history.resend"), () => actions.resend(row), { "aria-label": `${word("history.resend")}: ${what}`, class: "azml-button azml-button-small" });
    const isOk = row.status >= 200 && row.status < 300;
    const status = h("td", { class: isOk ? "azml-good" : "azml-bad" }, `${row.status} ${row.reason ?? ""}`.trim());
    const cells = [h("td", {}, time), status, h("td", {}, formatMilliseconds(row.latency_ms)), h("td", { class: "azml-history-body", title: text }, text)];
    return { element: h("tr", {}, cells, h("td", { class: "azml-row" }, open, row.binary ? null : again)) };
  }

  // Only the newest question counts: its answer may be overtaken by another service's.
  async function load(name) {
    service = name;
    due += 1;
    const mine = due;
    if (!name || !ctx.live()) return;
    try {
      const rows = await ctx.ask("history", { name, limit: LISTED_REQUESTS });
      if (mine !== due) return;
      refresh(rows);
      setText(note, rows.length ? "" : word("history.none"));
    } catch (error) {
      if (mine === due) setText(note, error.message);
    }
    setHidden(note, !note.textContent);
    setHidden(table, !body.childElementCount);
  }

  element.addEventListener("toggle", () => {
    if (element.open) load(service);
  });
  setHidden(table, true);
  return {
    element,
    // Another service, or more requests than before: what is not looked at is not asked for.
    follow(name) {
      if (name !== service) refresh([]);
      service = name;
      if (element.open) load(name);
    },
  };
}
