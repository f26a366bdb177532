// One request to the selected service: which, sending it, what came of it; editor, answer, history and load test are views of their own.

function makePlayground(ctx) {
  // Survives views of the same model: what somebody typed for a service.
  const drafts = ((ctx.memory ?? {}).drafts ??= new Map());
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
    if (byHand) ctx.send("select", { service: name });
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
      const sample = await ctx.ask("sample", { name });
      const now = drafts.get(name);
      if (now.isTouched) return;
      drafts.set(name, { ...now, body: sample.body, headers: sample.headers, hidden: sample.hidden });
      if (current === name) form.write(drafts.get(name));
    } catch (error) {
      if (current === name) say("sample", error.message);
    }
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
    sending.add(name);
    setEnabled(sendButton, false);
    answer.showWaiting(name);
    try {
      answer.show(await ctx.ask("send", request), from);
    } catch (error) {
      answer.showError(error, ctx.live() ? "" : word("panel.goneHint"));
      if (name === current && ctx.live() && serviceOf(name)?.state !== "running") sayGone(name);
    }
    sending.delete(name);
    draw(ctx.state());
    if (name === current) history.follow(name);
  }

  function sayGone(name) {
    const state = serviceOf(name)?.state;
    const text = state ? word("playground.notRunning", { name, state: wordOr(`serviceState.${state}`, state) }) : word("playground.gone", { name });
    if (notice.dataset.about === "gone" && notice.textContent.includes(text)) return;
    say("gone", text, button(word("playground.openServices"), () => ctx.openTab("services")));
  }

  async function openRow(row) {
    const name = current;
    try {
      const found = await ctx.ask("request", { name, number: row.number });
      if (name !== current) return;
      const from = word("history.from", { time: formatTime(found.time) });
      answerOf(name).show(found.answer, from);
      if (found.binary) return say("opened", word("history.noText", { size: formatBytes(found.bytes) }));
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
    } catch (error) {
      say("opened", error.message);
    }
  }

  async function resend(row) {
    const name = current;
    if (!ctx.live() || sending.has(name)) return;
    try {
      const found = await ctx.ask("request", { name, number: row.number });
      if (found.hidden.length || found.clipped || found.binary) return await openRow(row);
      await sendThis({ name, body: found.body, headers: found.headers, timeout: form.read().timeout }, word("history.again", { time: formatTime(found.time) }));
    } catch (error) {
      say("opened", error.message);
    }
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

  return {
    element,
    update(state) {
      const known = state.services.some((service) => service.name === state.selected);
      if (known && state.selected !== selected) choose(state.selected);
      selected = state.selected;
      // One that has gone stays as long as somebody has something there.
      const worthKeeping = current && (serviceOf(current) || drafts.get(current)?.isTouched || !answerOf(current).element.hidden);
      const other = state.services.find((each) => each.state === "running") ?? state.services[0];
      if (!worthKeeping) choose(other?.name ?? null);
      draw(state);
    },
    shown() {
      looked = true;
      draw(ctx.state());
    },
    destroy() {
      form.destroy();
      setEnabled(sendButton, false);
    },
  };
}
