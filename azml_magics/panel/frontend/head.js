// The head: what it is, how it stands in words, how long it takes, and the buttons that end it; the steps are left to the strip.

const VERDICT_TONES = { running: "accent", done: "ok", failed: "error", cancelled: "warn", interrupted: "warn" };
const SERVICE_TONES = { running: "ok", deploying: "accent", failed: "error", unhealthy: "warn" };

// What a panel without a job of its own, or with one that ended, speaks of.
function isAboutService(state) {
  return state.about !== "job" && state.verdict !== "running";
}

// The pill's word and colour, and whether there is anything to say.
function standing(state) {
  if (!isAboutService(state)) return { text: wordOr(`verdict.${state.verdict}`, state.verdict), tone: VERDICT_TONES[state.verdict] };
  const known = state.service_state;
  return { text: known ? wordOr(`serviceState.${known}`, known) : "", tone: SERVICE_TONES[known] };
}

// A kernel that runs a cell may hear of nothing until the cell ends.
const BUSY_MS = 5000;

function makeHead(ctx) {
  const verdict = h("span", {});
  const pill = h("span", { class: "azml-pill" }, h("span", { class: "azml-dot", "aria-hidden": "true" }), verdict);
  const title = h("strong", { class: "azml-title" });
  const summary = h("span", { class: "azml-summary" });
  const clock = h("span", { class: "azml-clock", role: "timer", "aria-live": "off" });
  const cancel = button("", stop);
  const close = button(h("span", {}, word("panel.close")), leave, { class: "azml-button azml-button-quiet" });
  const gone = h("p", { class: "azml-gone", hidden: true }, icon("warning"), h("strong", {}, word("panel.gone")), h("span", {}, word("panel.goneHint")));
  const busy = h("p", { class: "azml-gone", hidden: true }, icon("warning"), h("span", {}, word("panel.busy")));
  const element = h(
    "div",
    { class: "azml-head" },
    h("div", { class: "azml-head-row" }, pill, h("div", { class: "azml-titles" }, title, summary), clock, cancel, close),
    gone,
    busy,
  );
  let asked = null; // the job whose end was asked for
  let askedAt = 0;

  function stop() {
    asked = ctx.state().job;
    askedAt = performance.now();
    ctx.send("cancel");
    ctx.announce(word("panel.cancelling"));
    update(ctx.state());
  }

  function leave() {
    setEnabled(close, false);
    setText(close, word("panel.closing"));
    ctx.send("close");
  }

  function showClock(state) {
    const running = state.verdict === "running";
    const shown = state.started && !isAboutService(state);
    setHidden(clock, !shown);
    // What nobody counts any more stands still.
    if (!shown || (running && !ctx.live() && clock.textContent)) return;
    const seconds = (running ? kernelNow(state) : (state.ended ?? state.started)) - state.started;
    setText(clock, running ? formatClock(seconds) : formatSeconds(seconds));
    setAttribute(clock, "aria-label", word("panel.elapsed", { time: formatAge(seconds) }));
  }

  function showButtons(state) {
    const running = state.verdict === "running";
    if (!running) asked = null;
    const cancelling = running && asked !== null && asked === state.job;
    const shown = running && state.cancellable && ctx.live();
    const held = focused(element);
    setText(cancel, word(cancelling ? "panel.cancelling" : "panel.cancel"));
    setEnabled(cancel, !cancelling);
    setHidden(cancel, !shown);
    setHidden(close, !ctx.live());
    setHidden(busy, !(cancelling && shown && performance.now() - Math.max(askedAt, ctx.heard?.() ?? 0) > BUSY_MS));
    // The button under the finger goes: the focus goes to its neighbour, not to the top of the page.
    if (held === cancel && !shown) (close.hidden ? element.closest(".azml-root") : close)?.focus({ preventScroll: true });
  }

  function update(state) {
    const { text, tone } = standing(state);
    setText(verdict, text);
    setAttribute(pill, "data-tone", tone ?? null);
    setHidden(pill, !text);
    setText(title, state.title || word("panel.title"));
    setText(summary, state.summary || state.doing);
    showClock(state);
    showButtons(state);
    setHidden(gone, ctx.live());
  }

  return { element, update, destroy() {} };
}
