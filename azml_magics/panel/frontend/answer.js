// What a service answered, or why it did not; asking is left to the playground.

// What an error says besides its message; null when that is nothing.
function makeErrorLines({ lines = [] }) {
  const rest = lines.slice(1).filter((line) => line.trim());
  return rest.length ? h("pre", { class: "azml-code", tabindex: "0" }, rest.join("\n")) : null;
}

function makeAnswer(ctx) {
  const head = h("p", { class: "azml-answer-head" });
  const content = h("div", { class: "azml-answer-content" });
  const element = h("section", { class: "azml-answer", "aria-label": word("answer.label"), hidden: true }, head, content);

  function begin(kind, ...children) {
    setHidden(element, false);
    element.dataset.kind = kind;
    head.replaceChildren(...children);
    content.replaceChildren();
  }

  // A fold with a list or a text in it.
  function fold(title, inside, open = false) {
    return h("details", { class: "azml-details", open }, h("summary", {}, title), inside);
  }

  function showHeaders(headers) {
    const rows = headers.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)));
    return fold(word("answer.headers", { count: headers.length }), h("table", { class: "azml-pairs" }, h("tbody", {}, rows)));
  }

  // The user's own frames stand first: that is where the mistake is.
  function showFailure(answer) {
    if (!answer.traceback.length && !answer.frames?.length) {
      const told = word(answer.status >= 500 ? "answer.noTraceback" : "answer.clientError", { status: answer.status });
      return [h("p", { class: "azml-note" }, told)];
    }
    const cause = answer.cause || (answer.traceback.filter((line) => line.trim()).at(-1) ?? "");
    const parts = [h("p", { class: "azml-answer-cause" }, cause)];
    if (answer.frames?.length) {
      const lines = h("pre", { class: "azml-code", tabindex: "0" }, answer.frames.join("\n"));
      parts.push(h("h4", {}, word("answer.frames")), lines);
    }
    const all = h("pre", { class: "azml-code", tabindex: "0" }, answer.traceback.join("\n"));
    return [...parts, fold(word("answer.traceback", { count: answer.traceback.length }), all, !answer.frames?.length)];
  }

  function showText(answer) {
    if (answer.text === null) {
      return [h("p", {}, word("answer.binary", { size: formatBytes(answer.bytes), type: answer.type || word("answer.unknownType") }))];
    }
    if (!answer.bytes) return [h("p", { class: "azml-note" }, word("answer.empty"))];
    const raw = h("pre", { class: "azml-code azml-answer-text", tabindex: "0", "aria-label": word("answer.text") }, answer.text);
    const parts = answer.clipped ? [h("p", { class: "azml-note" }, word("answer.clipped", { shown: answer.text.length, size: formatBytes(answer.bytes) }))] : [];
    let tree = null;
    if (answer.json && !answer.clipped) {
      try {
        tree = makeJsonTree(parseJson(answer.text, { lenient: true }));
      } catch (fault) {
        if (!(fault instanceof JsonFault)) throw fault;
      }
    }
    if (!tree) return [...parts, raw];
    const pretty = h("div", { class: "azml-json-root", role: "group", "aria-label": word("answer.text") }, tree);
    const as = (label, isRaw) =>
      button(label, () => choose(isRaw), { class: "azml-button azml-button-small" });
    const buttons = [as(word("answer.formatted"), false), as(word("answer.raw"), true)];
    function choose(isRaw) {
      setHidden(pretty, isRaw);
      setHidden(raw, !isRaw);
      buttons.forEach((each, number) => setAttribute(each, "aria-pressed", (number === 1) === isRaw));
    }
    choose(false);
    const copied = h("span");
    const copy = makeCopyButton(ctx, word("answer.copy"), () => answer.text, copied);
    copy.classList.add("azml-button-small");
    return [...parts, h("div", { class: "azml-row" }, buttons, copy, copied), pretty, raw];
  }

  return {
    element,
    showWaiting(name) {
      begin("waiting", word("answer.waiting", { name }));
    },
    // `from` says which request of the history it is, when it is not the one just sent.
    show(answer, from = "") {
      const status = `${answer.status} ${answer.reason}`.trim();
      const inside = answer.run_ms === null || answer.run_ms === undefined ? "" : word("answer.inRun", { time: formatMilliseconds(answer.run_ms) });
      const mark = icon(answer.ok ? "done" : "error");
      begin(
        answer.ok ? "good" : "bad",
        mark,
        h("strong", { class: "azml-answer-status" }, status),
        h("span", {}, word(answer.ok ? "answer.ok" : "answer.failed")),
        h("span", {}, [formatMilliseconds(answer.latency_ms), inside].filter(Boolean).join(", ")),
        h("span", {}, formatBytes(answer.bytes)),
        from && h("span", { class: "azml-note" }, from),
      );
      const failure = answer.ok ? [] : showFailure(answer);
      appendAll(content, [...failure, ...showText(answer), showHeaders(answer.headers)]);
      ctx.announce(word("answer.announced", { status, time: formatMilliseconds(answer.latency_ms) }));
    },
    // There was no answer: the service or the kernel is gone, or the request cannot be sent.
    showError(error, hint = "") {
      begin("bad", icon("error"), h("strong", {}, word("answer.none")), h("span", {}, error.message));
      appendAll(content, [makeErrorLines(error), hint && h("p", { class: "azml-note" }, hint)].filter(Boolean));
      ctx.announce(`${word("answer.none")} ${error.message}`);
    },
  };
}
