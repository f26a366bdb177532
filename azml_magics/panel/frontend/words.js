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
