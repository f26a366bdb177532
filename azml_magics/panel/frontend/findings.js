// The findings of the checks: severity in words, what is wrong, what to change, where; finding the cell is left to cells.js.

function makeFindings(ctx) {
  const list = h("ul", { class: "azml-findings", "aria-label": word("tab.findings") });
  const nothing = h("p", { class: "azml-nothing" });
  const element = h("div", {}, nothing, list);
  const draw = makeList(list, (finding) => JSON.stringify(finding), (finding) => ({ element: makeFinding(ctx, finding) }));
  let shown = "";
  return {
    element,
    update(state) {
      // There may be many, and mostly they are the same.
      const told = JSON.stringify([state.findings, wasChecked(state)]);
      if (told === shown) return;
      shown = told;
      setHidden(list, state.findings.length === 0);
      setHidden(nothing, state.findings.length > 0);
      setText(nothing, word(wasChecked(state) ? "findings.none" : "findings.notYet"));
      draw(bySeverity(state.findings));
    },
    destroy() {},
  };
}

function wasChecked({ steps, verdict }) {
  const check = steps.find((step) => step.name === "check");
  return check ? ["done", "reused"].includes(check.state) : verdict === "done" && steps.length > 0;
}

// Errors first, else as they were found.
function bySeverity(findings) {
  const rank = (finding) => (finding.severity === "error" ? 0 : 1);
  return [...findings].sort((one, other) => rank(one) - rank(other));
}

function makeFinding(ctx, { severity, code, message, remedy, place }) {
  const head = h(
    "p",
    { class: "azml-finding-head" },
    h("span", { class: "azml-severity" }, icon(severity === "error" ? "error" : "warning"), wordOr(`severity.${severity}`, severity)),
    h("span", { class: "azml-finding-message" }, message),
  );
  const details = h("p", { class: "azml-finding-details" }, place && makePlace(ctx, place), code && h("code", {}, code));
  return h(
    "li",
    { class: "azml-finding", dataset: { severity } },
    head,
    place?.text ? h("pre", { class: "azml-excerpt" }, excerpt(place)) : null,
    remedy ? h("p", { class: "azml-remedy" }, h("strong", {}, word("findings.remedy")), ` ${remedy}`) : null,
    details,
  );
}

// The source line and, where it is known, the column; tabs keep their width under each other.
function excerpt({ text, column, length }) {
  if (!column) return text;
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  return `${text}\n${indent}${"^".repeat(Math.max(1, length ?? 1))}`;
}
