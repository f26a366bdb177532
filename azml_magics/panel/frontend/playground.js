// One request to the selected service: which, sending it, what came of it; editor, answer, history and load test are views of their own.

function makePlayground(ctx) {
  // Survives views of the same model: what somebody typed for a service.
  const memory = ctx.memory ?? {};
  const drafts = (memory.drafts ??= new Map());
  const editors = (memory.editors ??= new Set()); // of the same model, told when a draft has come
  const answers = new Map();
  const form = makeRequestForm(ctx, { onSend: () => send(), onChange: remember });
  const choice = h("select", { class: "azml-input", id: uniqueId("service"), onChange: () => choose(choice.value, true) });
  const nothing = h("p", { class: "azml-note" }, word("playground.noService"));
  const notice = h("div", { class: "azml-notice", hidden: true });
  const copied = h("div");
  const sendButton = button(word("playground.send"), () => send(), { class: "azml-button azml-primary", "aria-keyshortcuts": "Control+Enter" });
  const asText = (label, render) => makeCopyButton(ctx, label, () => render({ ...form.read(), url: address() }), copied);
  const answerPlace = h("div");
  const history = makeHistory(ctx, { open: openRow, resend });
  const loadTest = makeLoadTest(ctx, readChecked);
  const buttons = h("div", { class: "azml-row" }, sendButton, asText(word("playground.curl"), renderCurl), asText(word("playground.python"), renderPython));
  const work = h("div", { class: "azml-playground-work" }, form.element, notice, buttons, copied, answerPlace, history.element, loadTest.element);
  const head = h("div", { class: "azml-row" }, h("label", { class: "azml-label", for: choice.id }, word("playground.service"), choice));
  const element = h("div", { class: "azml-playground" }, nothing, head, work);
  const refreshChoice = makeList(choice, (option) => option.name, makeOption);
  const sending = new Set();
  let current = null;
  let selected = null; // what the state said last
  let choices = 0;
  let opening = 0;
  let looked = false; // nobody asks for what is not looked at
  let seen = ""; // of the current service: start and number of requests

  function makeOption() {
    const option = h("option");
    return {
      element: option,
      update({ name, text }) {
        option.value = name;
        setText(option, text);
      },
    };
  }

  function serviceOf(name) {
    return ctx.state().services.find((service) => service.name === name);
  }

  function address() {
    const service = serviceOf(current);
    return service?.scoring_uri ?? `http://localhost:${service?.port ?? 5001}/score`;
  }

  function answerOf(name) {
    if (!answers.has(name)) answers.set(name, makeAnswer(ctx));
    return answers.get(name);
  }

  function remember() {
    if (!current) return;
    drafts.set(current, { ...form.read(), isTouched: form.isTouched(), sampled: drafts.get(current)?.sampled });
    if (notice.dataset.about === "fault") say();
  }

  // A line above the buttons, with what can be done about it.
  function say(about = "", text = "", ...actions) {
    notice.dataset.about = about;
    setHidden(notice, !text);
    notice.replaceChildren(...(text ? [icon("warning"), h("span", {}, text), ...actions] : []));
    if (text) ctx.announce(text);
  }

  function choose(name, byHand = false) {
    if (byHand) ctx.select(name);
    if (name === current) return;
    current = name;
    if (!name) return;
    const draft = drafts.get(name) ?? { body: "", headers: [] };
    form.write(draft);
    say();
    copied.replaceChildren();
    answerPlace.replaceChildren(answerOf(name).element);
    seen = "";
    draw(ctx.state());
  }

  // Fills the editor while nobody has typed in it; asked again when the service was started again.
  async function prefill(name, started) {
    const draft = drafts.get(name) ?? { body: "", headers: [] };
    if (!looked || !ctx.live() || draft.isTouched || draft.sampled === started) return;
    drafts.set(name, { ...draft, sampled: started });
    try {
      const { body, headers, hidden } = await ctx.ask("sample", { name });
      const now = drafts.get(name);
      if (now.isTouched || now.sampled !== started) return;
      drafts.set(name, { ...now, body, headers, hidden });
      for (const show of editors) show(name);
    } catch (error) {
      if (current === name && !drafts.get(name).isTouched) say("sample", error.message);
    }
  }

  function showDraft(name) {
    if (name === current) form.write(drafts.get(name));
  }

  // What is in the editor; null after it was said why it is not sent.
  function readChecked(anyway = false) {
    const fault = form.check();
    if (fault && !anyway) {
      const again = button(word("playground.sendAnyway"), () => {
        say();
        sendButton.focus();
        send(true);
      });
      const there = button(word("form.goThere"), form.goToFault);
      say("fault", word("playground.noJson", fault), again, there);
      return null;
    }
    if (notice.dataset.about === "fault") say();
    return { name: current, ...form.read() };
  }

  async function send(anyway = false) {
    if (!current || !ctx.live() || sending.has(current)) return;
    const request = readChecked(anyway);
    if (request) await sendThis(request);
  }

  async function sendThis(request, from = "") {
    const { name } = request;
    const answer = answerOf(name);
    begin(name);
    answer.showWaiting(name);
    try {
      answer.show(await ctx.ask("send", request), from);
    } catch (error) {
      answer.showError(error, ctx.live() ? "" : word("panel.goneHint"));
      if (name === current && ctx.live() && serviceOf(name)?.state !== "running") sayGone(name);
    }
    end(name);
    if (name === current) history.follow(name);
  }

  // One request of a service at a time.
  function begin(name) {
    sending.add(name);
    draw(ctx.state());
  }

  function end(name) {
    sending.delete(name);
    draw(ctx.state());
  }

  function sayGone(name) {
    const state = serviceOf(name)?.state;
    const text = state ? word("playground.notRunning", { name, state: wordOr(`serviceState.${state}`, state) }) : word("playground.gone", { name });
    if (notice.dataset.about === "gone" && notice.textContent.includes(text)) return;
    say("gone", text, button(word("playground.openServices"), () => ctx.openTab("services")));
  }

  // Of several only the one asked for last is opened, and not over what was typed since.
  async function openRow(row, name = current) {
    const mine = (opening += 1);
    const before = JSON.stringify(form.read());
    try {
      const found = await ctx.ask("request", { name, number: row.number });
      if (name !== current || mine !== opening) return;
      answerOf(name).show(found.answer, word("history.from", { time: formatTime(found.time) }));
      if (found.binary) say("opened", word("history.noText", { size: formatBytes(found.bytes) }));
      else if (before === JSON.stringify(form.read())) edit(found);
      else say("opened", word("history.typed"), button(word("history.open"), () => edit(found)));
    } catch (error) {
      if (name === current && mine === opening) say("opened", error.message);
    }
  }

  function edit(found) {
    const former = form.isTouched() ? { ...form.read(), isTouched: true } : null;
    form.write({ ...found, timeout: form.read().timeout, isTouched: true });
    remember();
    const told = [found.clipped ? word("history.clipped", { size: formatBytes(found.bytes) }) : "", found.hidden.length ? word("history.hidden", { names: found.hidden.join(", ") }) : ""];
    const back = former && button(word("history.bringBack"), () => {
      form.write(former);
      remember();
      say();
      form.focus();
    });
    if (back || told.some(Boolean)) say("opened", [word("history.opened"), ...told].filter(Boolean).join(" "), ...(back ? [back] : []));
    else if (notice.dataset.about === "opened") say();
  }

  async function resend(row) {
    const name = current;
    if (!ctx.live() || sending.has(name)) return;
    const { timeout } = form.read();
    let found = null;
    begin(name);
    try {
      found = await ctx.ask("request", { name, number: row.number });
    } catch (error) {
      if (name === current) say("opened", error.message);
    }
    end(name);
    if (!found) return;
    if (found.hidden.length || found.clipped || found.binary) {
      if (name === current) await openRow(row, name);
      return;
    }
    await sendThis({ name, body: found.body, headers: found.headers, timeout }, word("history.again", { time: formatTime(found.time) }));
  }

  function draw(state) {
    const service = serviceOf(current);
    const listed = state.services.map(({ name, state: how }) => ({ name, text: how === "running" ? name : word("playground.option", { name, state: wordOr(`serviceState.${how}`, how) }) }));
    if (current && !service) listed.push({ name: current, text: word("playground.option", { name: current, state: word("playground.goneState") }) });
    refreshChoice(listed);
    if (current && choice.value !== current) choice.value = current;
    setHidden(nothing, Boolean(listed.length));
    setHidden(head, !listed.length);
    setHidden(work, !current);
    setEnabled(sendButton, ctx.live() && Boolean(current) && !sending.has(current));
    loadTest.update(state);
    if (!current) return;
    if (!service || service.state !== "running") sayGone(current);
    else if (notice.dataset.about === "gone") say();
    const now = `${service?.started} ${service?.requests}`;
    if (!looked || now === seen) return;
    seen = now;
    if (service) prefill(current, service.started);
    history.follow(current);
  }

  // Somebody typed there, or is about to: only who is here may put another service in its place.
  function isInUse() {
    return Boolean(current) && (drafts.get(current)?.isTouched || element.contains(focused(element)));
  }

  function update(state) {
    const known = state.services.some((service) => service.name === state.selected);
    const byHand = (state.choices ?? 0) !== choices;
    if (known && (byHand || (state.selected !== selected && !isInUse()))) choose(state.selected);
    selected = state.selected;
    choices = state.choices ?? 0;
    // One that has gone stays as long as somebody has something there.
    const worthKeeping = current && (serviceOf(current) || isInUse() || !answerOf(current).element.hidden);
    const other = state.services.find((each) => each.state === "running") ?? state.services[0];
    if (!worthKeeping) choose(other?.name ?? null);
    draw(state);
  }

  editors.add(showDraft);
  return {
    element,
    update,
    shown() {
      looked = true;
      update(ctx.state());
    },
    destroy() {
      editors.delete(showDraft);
      form.destroy();
      setEnabled(sendButton, false);
    },
  };
}
