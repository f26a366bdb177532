// The editor of one request: body, content type, headers, patience; which service it is for, and sending, are left to the playground.

const JSON_TYPE = "application/json";
const BODY_TYPES = [JSON_TYPE, "text/plain", "text/csv", "application/octet-stream"];
// Longer texts are looked at when the typing pauses.
const CHECKED_AT_ONCE = 50000;
const PAUSE_MS = 300;

// onSend() is asked for by Ctrl+Enter, onChange() told of every change by hand.
function makeRequestForm(ctx, { onSend, onChange }) {
  const [hintId, faultId] = [uniqueId("hint"), uniqueId("fault")];
  const body = h("textarea", {
    class: "azml-input azml-body",
    id: uniqueId("body"),
    rows: "8",
    spellcheck: false,
    autocomplete: "off",
    wrap: "off",
    "aria-describedby": `${faultId} ${hintId}`,
    "aria-keyshortcuts": "Control+Enter",
  });
  const types = h("datalist", { id: uniqueId("types") }, BODY_TYPES.map((type) => h("option", { value: type })));
  const type = h("input", { class: "azml-input", id: uniqueId("type"), value: JSON_TYPE, list: types.id, spellcheck: false, autocomplete: "off" });
  const timeout = h("input", { class: "azml-input azml-number", id: uniqueId("timeout"), type: "number", min: "1", max: "3600", value: "60" });
  const faultText = h("span");
  const goThere = button(word("form.goThere"), () => select(fault), { class: "azml-button azml-button-small" });
  const faultLine = h("p", { class: "azml-fault", hidden: true }, icon("warning"), h("span", { id: faultId }, faultText), goThere);
  const format = button(word("form.format"), formatBody, { class: "azml-button azml-button-small" });
  const add = button(word("form.addHeader"), () => addHeader("", "", true), { class: "azml-button azml-button-small" });
  const headerRows = h("div", { class: "azml-header-rows" });
  const element = h(
    "div",
    { class: "azml-form" },
    h("div", { class: "azml-row" }, h("label", { class: "azml-label", for: body.id }, word("form.body")), format),
    body,
    faultLine,
    h("p", { class: "azml-note", id: hintId }, word("form.hint")),
    h(
      "div",
      { class: "azml-row" },
      h("label", { class: "azml-label", for: type.id }, word("form.type"), type, types),
      h("label", { class: "azml-label", for: timeout.id }, word("form.timeout"), timeout),
      add,
    ),
    headerRows,
  );
  let rows = [];
  let fault = null;
  let touched = false;
  let pause = 0;

  function isJson() {
    const kind = type.value.split(";")[0].trim().toLowerCase();
    return kind === "" || kind === JSON_TYPE || kind.endsWith("+json");
  }

  function check() {
    clearTimeout(pause);
    fault = isJson() ? findJsonFault(body.value) : null;
    if (fault) setText(faultText, word("form.fault", fault));
    setHidden(faultLine, !fault);
    setAttribute(body, "aria-invalid", fault ? "true" : null);
    setEnabled(format, isJson() && !fault);
    return fault;
  }

  function change() {
    touched = true;
    clearTimeout(pause);
    if (body.value.length <= CHECKED_AT_ONCE) check();
    else pause = setTimeout(check, PAUSE_MS);
    onChange();
  }

  // The caret in front of the fault, which is scrolled into view by the focus.
  function select({ line, column }) {
    const lines = body.value.split("\n");
    const before = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const offset = before + Array.from(lines[line - 1] ?? "").slice(0, column - 1).join("").length;
    body.focus();
    body.setSelectionRange(offset, Math.min(offset + 1, body.value.length));
    const height = body.scrollHeight / Math.max(1, lines.length);
    body.scrollTop = Math.max(0, (line - 1) * height - body.clientHeight / 2);
  }

  function formatBody() {
    if (check()) return;
    let text = "";
    try {
      text = renderJson(parseJson(body.value));
    } catch (problem) {
      if (!(problem instanceof JsonFault)) throw problem;
      return;
    }
    if (text === body.value) return;
    body.focus();
    // Typed in like this, it can be taken back with Ctrl+Z; the browser needs long for long texts.
    body.select();
    if (text.length > CHECKED_AT_ONCE || !document.execCommand("insertText", false, text)) body.value = text;
    body.setSelectionRange(0, 0);
    body.scrollTop = 0;
    change();
  }

  function addHeader(name, value, byHand = false) {
    const number = () => rows.indexOf(row) + 1;
    const nameInput = h("input", { class: "azml-input", value: name, placeholder: word("form.headerName"), spellcheck: false, autocomplete: "off", onInput: change });
    const valueInput = h("input", { class: "azml-input azml-wide", value, placeholder: word("form.headerValue"), spellcheck: false, autocomplete: "off", onInput: change });
    const remove = button(word("form.removeHeader"), () => {
      const place = rows.indexOf(row);
      rows = rows.filter((other) => other !== row);
      row.element.remove();
      name_all();
      (rows[Math.min(place, rows.length - 1)]?.nameInput ?? add).focus();
      change();
    }, { class: "azml-button azml-button-small" });
    const row = { element: h("div", { class: "azml-row azml-header-row" }, nameInput, valueInput, remove), nameInput, valueInput, remove, number, isHidden: false };
    rows.push(row);
    headerRows.append(row.element);
    name_all();
    if (byHand) {
      nameInput.focus();
      change();
    }
    return row;
  }

  function name_all() {
    for (const row of rows) {
      setAttribute(row.nameInput, "aria-label", word("form.headerNameOf", { number: row.number() }));
      setAttribute(row.valueInput, "aria-label", word("form.headerValueOf", { number: row.number() }));
      setAttribute(row.remove, "aria-label", word("form.removeHeaderOf", { number: row.number() }));
    }
  }

  body.addEventListener("input", change);
  type.addEventListener("input", change);
  timeout.addEventListener("input", change);
  // Notebooks have shortcuts of their own, among them Ctrl+Enter and single letters: what is typed here is ours.
  element.addEventListener("keydown", (event) => {
    const types = event.target.matches("input, textarea");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      onSend();
    } else if (types && event.key !== "Tab" && event.key !== "Escape") {
      event.stopPropagation();
    }
  });
  setAttribute(element, "data-lm-suppress-shortcuts", "true");

  return {
    element,
    check,
    goToFault: () => fault && select(fault),
    focus: () => body.focus(),
    isTouched: () => touched,
    // As it goes to the kernel; a header whose value was not kept is left away until somebody types it.
    read() {
      const filled = rows.filter((row) => row.nameInput.value.trim() && (row.valueInput.value || !row.isHidden));
      const kind = type.value.trim() ? [["Content-Type", type.value.trim()]] : [];
      const seconds = Number(timeout.value);
      const headers = [...kind, ...filled.map((row) => [row.nameInput.value.trim(), row.valueInput.value])];
      return { body: body.value, headers, timeout: seconds > 0 ? seconds : 60 };
    },
    // Everything at once. `hidden` are names of headers whose values nobody keeps; `isTouched` says that somebody typed it. Who is about to type there
    // replaces what has arrived.
    write({ body: text, headers, timeout: seconds = 60, hidden = [], isTouched = false }) {
      const own = headers.filter(([name]) => name.toLowerCase() === "content-type");
      const held = element.contains(focused(element)) ? focused(element) : null;
      if (body.value !== text) body.value = text;
      type.value = own.length ? own.at(-1)[1] : JSON_TYPE;
      timeout.value = String(seconds);
      for (const row of rows) row.element.remove();
      rows = [];
      for (const [name, value] of headers) {
        if (name.toLowerCase() !== "content-type") addHeader(name, value);
      }
      for (const name of hidden) {
        const row = addHeader(name, "");
        row.isHidden = true;
        setAttribute(row.valueInput, "placeholder", word("form.hiddenValue"));
      }
      touched = isTouched;
      check();
      // A row that has gone had it, perhaps.
      if (held && !held.isConnected) body.focus();
      if (held && focused(element).matches("input, textarea")) focused(element).select();
    },
    destroy: () => clearTimeout(pause),
  };
}
