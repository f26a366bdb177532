// How a text of the table is made: its form for a count, its figures, words of the front end's own.

const pluralRules = new Intl.PluralRules(undefined);

function sameForm(one, other) {
  if (!Array.isArray(one)) return typeof other === "string";
  return Array.isArray(other) && other.length === one.length && other.every((text) => typeof text === "string");
}

// Front ends with words of their own: the state's `words` replace entries of the table.
function learnWords(words) {
  for (const [key, text] of Object.entries(words)) {
    if (Object.hasOwn(WORDS, key) && sameForm(WORDS[key], text)) WORDS[key] = text;
  }
}

// The text of `key` with `{name}` filled in from `values`; whole numbers are written as the reader writes them.
function word(key, values = {}) {
  if (!Object.hasOwn(WORDS, key)) return key;
  let text = WORDS[key];
  if (Array.isArray(text)) text = pluralRules.select(values.count ?? 0) === "one" ? text[0] : text[1];
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined || value === null) return whole;
    return typeof value === "number" ? value.toLocaleString() : String(value);
  });
}

// The table's text where it has one, else what the kernel said: names of steps and states that came later than this page.
function wordOr(key, fallback, values = {}) {
  return Object.hasOwn(WORDS, key) ? word(key, values) : String(fallback);
}
