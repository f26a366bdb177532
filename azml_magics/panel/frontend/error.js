// What went wrong, before everything else: the message and the user's own lines; the whole log is left to its view.

// More lines than these are folded: the last say what happened.
const ERROR_LINES = 10;

function makeError(ctx) {
  const message = h("p", { class: "azml-error-message" });
  const lines = h("pre", { class: "azml-error-lines", tabIndex: "0", role: "group", "aria-label": word("error.lines") });
  const more = button("", () => {
    open = !open;
    draw();
  }, { class: "azml-link" });
  const copy = button(word("error.copy"), copyAll, { class: "azml-link" });
  const result = h("span", {});
  const tools = h("div", { class: "azml-error-tools" }, more, copy, result);
  const body = h("div", { class: "azml-error-body" }, message, lines, tools);
  const element = h("div", { class: "azml-error", role: "group", "aria-label": word("error.label"), hidden: true }, icon("error"), body);
  let shown = null;
  let open = false;

  async function copyAll() {
    const done = await copyText([shown.message, ...(shown.lines ?? [])].join("\n"));
    const said = word(done ? "error.copied" : "error.notCopied");
    setText(result, said);
    ctx.announce(said);
  }

  function draw() {
    const all = shown.lines ?? [];
    const long = all.length > ERROR_LINES;
    const seen = long && !open ? all.slice(-ERROR_LINES) : all;
    lines.replaceChildren(...seen.map((line) => linkedLine(ctx, line)));
    setHidden(lines, all.length === 0);
    setHidden(more, !long);
    setText(more, word(open ? "error.fewer" : "error.all", { count: all.length }));
    setAttribute(more, "aria-expanded", open);
  }

  return {
    element,
    update({ error }) {
      setHidden(element, !error);
      // Only another error is drawn anew: the lines may be selected.
      if (!error || (shown && JSON.stringify(shown) === JSON.stringify(error))) return;
      shown = error;
      open = false;
      setText(message, error.message);
      setText(result, "");
      draw();
    },
    destroy() {},
  };
}
