// The widget: one connection to the kernel per model, any number of views of it; what each part shows is left to head, strip, error and the tabs.

// States of a kernel that knows nothing of this model any more, or will not in a moment.
const GONE_KERNEL = new Set(["restarting", "autorestarting", "terminating", "dead"]);
// Messages of the old kernel that are still under way when it goes.
const STRAGGLERS_MS = 2000;

// Calls lose() when the kernel goes. Models hear of a restart alone; JupyterLab's manager knows the kernel, others may not. What it returns ends that:
// the kernel lives longer than a model, and would keep it.
function watchKernel(model, lose) {
  model.on("comm_live_update", lose);
  const kernel = model.widget_manager?.kernel;
  const turn = (sender, status) => GONE_KERNEL.has(status) && lose();
  const end = () => lose();
  kernel?.statusChanged?.connect?.(turn);
  kernel?.disposed?.connect?.(end);
  return () => {
    kernel?.statusChanged?.disconnect?.(turn);
    kernel?.disposed?.disconnect?.(end);
  };
}

function noAnswer() {
  return { message: word("panel.noAnswer"), lines: [] };
}

// What one model knows, shared by its views: the state, the log's store, questions that wait for an answer.
function makeConnection(model) {
  const store = makeLogStore((feed, have) => send("sync", { feed, have }));
  const listeners = new Set();
  const waiting = new Map();
  const mark = Math.random().toString(36).slice(2, 10);
  const selection = makeSelection();
  let state = know(model.get("state"));
  let live = true;
  let lost = 0;
  let heard = performance.now();
  let asked = 0;

  const tell = () => listeners.forEach((listener) => listener());

  function know(said) {
    const read = readState(said);
    selection.hear(read.selected);
    return { ...read, ...selection.read() };
  }

  function takeReply(reply) {
    const question = waiting.get(reply.id);
    if (!question) return;
    if ("progress" in reply) {
      const progress = readProgress(reply.progress);
      if (progress) question.onProgress?.(progress);
      return;
    }
    waiting.delete(reply.id);
    if (reply.ok) question.resolve(reply.value);
    else question.reject(readError(reply.error) ?? noAnswer());
  }

  function take(message, buffers) {
    if (message?.op !== "news") return;
    heard = performance.now();
    // Other front ends may have lost the connection alone.
    if (!live && heard - lost > STRAGGLERS_MS) live = true;
    if (isObject(message.state)) {
      state = know(message.state);
      learnWords(state.words);
    }
    if (isObject(message.log)) store.take(message.log, buffers?.[0]);
    for (const reply of asObjects(message.replies, (each) => each)) takeReply(reply);
    if (message.state) tell();
  }

  function send(op, fields = {}) {
    model.send({ op, ...fields });
  }

  // Every question waits for its answer or for the end of the kernel; `progress` is what comes before the answer.
  function ask(op, fields = {}, onProgress = undefined) {
    if (!live) return Promise.reject(noAnswer());
    asked += 1;
    const id = `${mark}-${asked}`;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, onProgress });
      send(op, { id, ...fields });
    });
  }

  function lose() {
    if (!live) return;
    live = false;
    lost = performance.now();
    for (const question of waiting.values()) question.reject(noAnswer());
    waiting.clear();
    tell();
  }

  learnWords(state.words);
  model.on("msg:custom", (message, buffers) => afterPress(() => take(message, buffers)));
  const unwatch = watchKernel(model, lose);
  return {
    store,
    // What views keep from one rendering to the next: text that was typed.
    memory: {},
    send,
    ask,
    state: () => state,
    live: () => live,
    // Shown at once, whenever the kernel hears of it.
    choose(service) {
      selection.choose(service);
      state = { ...state, ...selection.read() };
      tell();
    },
    // When the kernel said something last.
    heard: () => heard,
    hello: () => send("hello", { feed: store.feed, have: store.have }),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // The model is gone: what is on the page stays readable.
    close() {
      unwatch();
      lose();
    },
  };
}

// Shortcuts of the notebook (one letter deletes a cell there) stay away from the panel; those with Ctrl or Cmd still work. JupyterLab looks for the
// mark on the element with the focus, before any listener of the panel's own: so this one comes first, and stays as long as the elements do.
function guardKeys(root) {
  const guard = (event) => {
    if (root.contains(event.target)) setAttribute(event.target, "data-lm-suppress-shortcuts", event.ctrlKey || event.metaKey ? null : "true");
    else if (ended && !root.isConnected) window.removeEventListener("keydown", guard, true);
  };
  let ended = false;
  window.addEventListener("keydown", guard, true);
  return () => {
    ended = true;
  };
}

// The first look: the log of a job, else the services, which also say how to get one.
function firstTab(state) {
  return state.about !== "workspace" && (state.job || state.log.feed) ? "log" : "services";
}

// What a screen reader is told without asking: how it stands, when that changes.
function verdictText(state) {
  const reason = (!isAboutService(state) && state.error?.message) || state.summary;
  return [state.title, standing(state).text, reason].filter(Boolean).join(": ");
}

function makeViews(ctx, store) {
  const tabs = makeTabs(
    ctx,
    [
      { name: "log", view: makeLogView(ctx, store) },
      { name: "services", view: makeServices(ctx), count: (state) => state.services.length },
      { name: "playground", view: makePlayground(ctx) },
      { name: "findings", view: makeFindings(ctx), count: (state) => state.findings.length },
    ],
    firstTab,
  );
  return { tabs, all: [makeHead(ctx), makeStrip(ctx), makeError(ctx), tabs] };
}

function renderPanel(connection, { el }) {
  let ended = false;
  let verdict = null;
  const status = h("p", { class: "azml-unseen", role: "status", "aria-live": "polite" });
  const ctx = {
    send: (op, fields) => ctx.live() && connection.send(op, fields),
    ask: connection.ask,
    select(service) {
      connection.choose(service);
      ctx.send("select", { service });
    },
    state: connection.state,
    memory: connection.memory,
    live: () => connection.live() && !ended,
    heard: connection.heard,
    // The same once more is something new to those who listen.
    announce: (text) => setText(status, status.textContent === text ? `${text}\u00a0` : text),
    openTab: (name) => views.tabs.open(name),
  };
  const views = makeViews(ctx, connection.store);
  const root = h("section", { class: "azml-root", tabIndex: "-1", lang: word("panel.language"), dir: word("panel.direction") }, views.all.map((view) => view.element), status);

  const paint = () => {
    const state = connection.state();
    setAttribute(root, "aria-label", state.title ? word("panel.labelOf", { title: state.title }) : word("panel.label"));
    setAttribute(root, "data-verdict", state.verdict);
    setAttribute(root, "data-live", String(ctx.live()));
    const { text } = standing(state);
    if (verdict !== null && verdict !== text) ctx.announce(verdictText(state));
    verdict = text;
    for (const view of views.all) view.update(state);
  };
  const draw = oncePerFrame(paint);
  // Clocks go on between two messages.
  const clock = setInterval(() => ctx.live() && draw(), 1000);
  const deaf = connection.listen(draw);
  const unguard = guardKeys(root);
  watchPresses(root);
  el.append(root);
  draw();

  // JupyterLab runs this when the kernel restarts too, and leaves the elements on the page: they stay readable.
  return () => {
    ended = true;
    clearInterval(clock);
    deaf();
    unguard();
    for (const view of views.all) view.destroy();
    draw.stop();
    paint();
  };
}

// A function, because front ends hand initialize and render different objects for one model.
export default () => {
  let connection = null;
  return {
    initialize({ model }) {
      connection = makeConnection(model);
      connection.hello();
      return () => connection.close();
    },
    render: (view) => renderPanel(connection, view),
  };
};
