// The strip of steps: state, seconds, reason and progress of each; which steps there are, and of what, is the kernel's to say.

// While the panel is about a job the steps are open; where it is about a service they are how it came to be: one line, which opens them.
function makeStrip(ctx) {
  const id = uniqueId("steps");
  const steps = h("ol", { class: "azml-strip", "aria-label": word("strip.label"), id });
  const line = h("span", {});
  const fold = button(h("span", { class: "azml-fold-mark", "aria-hidden": "true" }), toggle, { class: "azml-fold", "aria-controls": id });
  fold.append(line);
  const element = h("div", { class: "azml-steps", hidden: true }, fold, steps);
  const list = makeList(steps, (step) => step.name, () => makeStep(ctx));
  let open = false;

  function toggle() {
    open = !open;
    update(ctx.state());
  }

  function update(state) {
    const folds = isAboutService(state);
    setHidden(element, state.steps.length === 0);
    setHidden(fold, !folds);
    setText(line, folds ? endedText(state) : "");
    setAttribute(fold, "aria-expanded", open);
    setHidden(steps, folds && !open);
    list(state.steps);
  }

  return { element, update, destroy() {} };
}

// "deploying digits: done 3 min ago in 19.3 s".
function endedText(state) {
  const doing = state.doing || word("strip.label");
  if (!state.started || !state.ended) return doing;
  const ago = formatAgo(kernelNow(state) - state.ended);
  const verdict = wordOr(`verdict.${state.verdict}`, state.verdict).toLowerCase();
  return word("strip.ended", { doing, verdict, ago, seconds: formatSeconds(state.ended - state.started) });
}

function makeStep(ctx) {
  const mark = icon("waiting");
  const name = h("span", { class: "azml-step-name" });
  const said = hiddenText("");
  const time = h("span", { class: "azml-step-time" });
  const reason = h("span", { class: "azml-step-reason" });
  const figures = h("span", { class: "azml-step-progress" });
  const bar = makeBar();
  const element = h("li", { class: "azml-step" }, h("span", { class: "azml-step-head" }, mark, name, said, time), reason, figures, bar.element);

  function seconds(step) {
    const counting = step.state === "running" && step.started && ctx.live();
    return counting ? Math.max(0, kernelNow(ctx.state()) - step.started) : step.seconds;
  }

  return {
    element,
    update(step) {
      const label = wordOr(`step.${step.name}`, step.name);
      const taken = seconds(step);
      const running = step.state === "running";
      setAttribute(element, "data-state", step.state);
      setAttribute(element, "aria-current", running ? "step" : null);
      setIcon(mark, step.state);
      setText(name, label);
      setText(said, `: ${wordOr(`stepState.${step.state}`, step.state)}`);
      // A step that runs counts whole seconds: tenths would only flicker.
      const counted = running ? formatAge(taken ?? 0) : formatSeconds(taken ?? 0);
      setText(time, taken === null || taken === undefined || step.state === "waiting" ? "" : counted);
      setText(reason, step.reason ?? "");
      setAttribute(reason, "title", step.reason || null);
      setHidden(reason, !step.reason);
      const progress = running || step.state === "failed" ? step.progress : null;
      setText(figures, progress ? progressText(progress) : "");
      setHidden(figures, !progress);
      bar.update(running ? progress : null, word("strip.progressOf", { step: label }));
    },
  };
}

// "3 of 7 layers", "12.3 MB of 45.0 MB", "41 packages: numpy".
function progressText({ done, total, unit, text }) {
  const write = unit === "bytes" ? formatBytes : formatCount;
  const known = total !== null && total !== undefined;
  const values = { done: write(done), total: known ? write(total) : "", count: known ? total : done };
  const form = known ? "of" : "so";
  const counted = wordOr(`progress.${unit}.${form}`, `${word(`progress.bytes.${form}`, values)} ${unit}`, values);
  return text ? word("progress.with", { counted, text }) : counted;
}

// A bar as long as what is done; absent while nobody knows of how much.
function makeBar() {
  const fill = h("span", { class: "azml-bar-fill" });
  const element = h("span", { class: "azml-bar", role: "progressbar", "aria-valuemin": "0", hidden: true }, fill);
  return {
    element,
    update(progress, label) {
      const known = Boolean(progress?.total);
      setHidden(element, !known);
      if (!known) return;
      const done = Math.min(progress.done, progress.total);
      setAttribute(element, "aria-label", label);
      setAttribute(element, "aria-valuemax", progress.total);
      setAttribute(element, "aria-valuenow", done);
      setAttribute(element, "aria-valuetext", progressText(progress));
      fill.style.inlineSize = `${(100 * done) / progress.total}%`;
    },
  };
}
