// Every text the page shows, in one table, and how a text with figures in it is made; where it is shown is left to the views.

// A pair is the form for one and the form for any other count, chosen by `count`.
const WORDS = {
  // Units; figures come already in the reader's own notation.
  "unit.milliseconds": "{figure} ms",
  "unit.seconds": "{figure} s",
  "unit.minutes": "{minutes} min {seconds} s",
  "unit.hours": "{hours} h {minutes} min",
  "unit.days": "{days} d {hours} h",
  "unit.bytes": ["{count} byte", "{count} bytes"],
  "unit.kB": "{figure} kB",
  "unit.MB": "{figure} MB",
  "unit.GB": "{figure} GB",
  "unit.percent": "{figure} %",

  // The panel as a whole, and its head.
  "panel.title": "azml",
  "panel.label": "azml panel",
  "panel.labelOf": "azml panel of {title}",
  "panel.gone": "The kernel is gone: this is a snapshot.",
  "panel.goneHint": "Run %azml panel in a new kernel to see what goes on.",
  "panel.cancel": "Cancel",
  "panel.cancelling": "Cancelling...",
  "panel.close": "Close",
  "panel.closing": "Closing...",
  "panel.elapsed": "elapsed {time}",
  "panel.tabs": "Views",
  "panel.noAnswer": "The kernel did not answer: it is gone.",
  "verdict.idle": "Idle",
  "verdict.running": "Running",
  "verdict.done": "Done",
  "verdict.failed": "Failed",
  "verdict.cancelled": "Cancelled",
  "verdict.interrupted": "Interrupted",

  // Tabs.
  "tab.log": "Log",
  "tab.services": "Services",
  "tab.playground": "Playground",
  "tab.findings": "Findings",

  // The strip of steps.
  "strip.label": "Steps",
  "strip.progressOf": "Progress of {step}",
  "stepState.waiting": "waiting",
  "stepState.running": "running",
  "stepState.done": "done",
  "stepState.reused": "reused",
  "stepState.skipped": "skipped",
  "stepState.failed": "failed",
  "progress.bytes.of": "{done} of {total}",
  "progress.bytes.so": "{done}",
  "progress.layers.of": ["{done} of {total} layer", "{done} of {total} layers"],
  "progress.layers.so": ["{done} layer", "{done} layers"],
  "progress.packages.of": ["{done} of {total} package", "{done} of {total} packages"],
  "progress.packages.so": ["{done} package", "{done} packages"],
  "progress.with": "{counted}: {text}",

  // Errors, findings and the places they point at.
  "error.label": "Error",
  "error.lines": "Lines of the error",
  "error.all": ["Show the line", "Show all {count} lines"],
  "error.fewer": "Show the last lines only",
  "error.copy": "Copy",
  "error.copied": "The error is on the clipboard.",
  "error.notCopied": "This page may not use the clipboard: select the text instead.",
  "severity.error": "Error",
  "severity.warning": "Warning",
  "findings.remedy": "Fix:",
  "findings.none": "The checks found nothing to change.",
  "findings.notYet": "What the checks find appears here, with what to change and where. They run at the beginning of every deployment; %azml check runs them alone.",
  "place.line": "{source}, line {line}",
  "place.go": "Go to this cell",
  "place.shown": "{place} is on the screen.",
  "place.missing": "No cell on this page shows [{cell}]: it ran again since, or is not on the page.",

  // Services.
  "column.service": "Service",
  "column.state": "State",
  "column.port": "Port",
  "column.runs": "Environment, model",
  "column.uptime": "Up",
  "column.requests": "Requests",
  "column.latency": "Latency",
  "column.actions": "Actions",
  "serviceState.unknown": "unknown",
  "serviceState.deploying": "deploying",
  "serviceState.running": "running",
  "serviceState.failed": "failed",
  "serviceState.stopped": "stopped",
  "services.none": "No service runs in this workspace.",
  "services.next": "Deploy one: it appears here as soon as it starts.",
  "services.example": "%azml deploy NAME --environment ENVIRONMENT --entry-script score.py",
  "services.unknown": "\u2013",
  "services.noEnvironment": "current Python",
  "services.noRequests": "no requests yet",
  "services.noErrors": "no errors",
  "services.errors": ["{count} error ({share} %)", "{count} errors ({share} %)"],
  "services.p50": "p50 {p50}",
  "services.p99": "p99 {p99}",
  "services.chart": ["Latency of the last request to {service}", "Latency of the last {count} requests to {service}"],
  "services.chartText": "From {low} to {high}; half within {p50}, 99 % within {p99}.",
  "action.log": "Log",
  "action.logOf": "Log of {service}",
  "action.try": "Try",
  "action.tryOf": "Try {service} in the playground",
  "action.reload": "Reload",
  "action.reloadOf": "Reload {service}",
  "action.reloadBusy": "Reloading...",
  "action.reloadDone": "{service} is reloaded.",
  "action.update": "Update",
  "action.updateOf": "Update {service}",
  "action.updateBusy": "Updating...",
  "action.updateDone": "{service} is updated.",
  "action.stop": "Stop",
  "action.stopOf": "Stop {service}",
  "action.stopBusy": "Stopping...",
  "action.stopDone": "{service} is stopped.",
  "stop.label": "Stop {service}?",
  "stop.question": "Stop {service}?",
  "stop.yes": "Stop it",
  "stop.keep": "Keep it",
};

const pluralRules = new Intl.PluralRules(undefined);

// Front ends with words of their own: the state's `words` replace entries of the table.
function learnWords(words) {
  for (const [key, text] of Object.entries(words ?? {})) {
    if (key in WORDS) WORDS[key] = text;
  }
}

// The text of `key` with `{name}` filled in from `values`; whole numbers are written as the reader writes them.
function word(key, values = {}) {
  let text = WORDS[key];
  if (text === undefined) return key;
  if (Array.isArray(text)) text = pluralRules.select(values.count ?? 0) === "one" ? text[0] : text[1];
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined || value === null) return whole;
    return typeof value === "number" ? value.toLocaleString() : String(value);
  });
}

// The table's text where it has one, else what the kernel said: names of steps and states that came later than this page.
function wordOr(key, fallback) {
  return key in WORDS ? word(key) : String(fallback);
}
