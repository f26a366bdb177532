// One line of a log as a terminal with one row would leave it: the text to show and the styles in it. What colours come of a style is left to
// log_colors.js, elements to log_lines.js.

// All but the tab: C0, DEL, C1, and what ends lines or turns the direction of everything after it.
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;
const CONTROLS = new RegExp(CONTROL, "g");
// CSI with its parameters and end; OSC; DCS, SOS, PM and APC; every other escape. What is not complete is no sequence.
const SEQUENCE =
  /\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]+[0-~]|[0-OQ-WYZ\\`-~])/y;

// A colour is -1 (the default), 0 to 255 (of the palette), or TRUE_COLOUR + 0xrrggbb.
const TRUE_COLOUR = 0x1000000;
const NO_STYLE = Object.freeze({
  fg: -1,
  bg: -1,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strike: false,
});

const SWITCHES = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { underline: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { fg: -1 },
  49: { bg: -1 },
};

function sameStyle(one, other) {
  return one === other || Object.keys(NO_STYLE).every((key) => one[key] === other[key]);
}

function byteOf(text) {
  return /^\d{1,3}$/.test(text ?? "") && Number(text) < 256 ? Number(text) : null;
}

// What follows 38 or 48: the colour, and how many parameters it took; null for a colour that is none.
function readColour(parameters) {
  if (parameters[0] === "5") {
    const number = byteOf(parameters[1]);
    return { colour: number, taken: 2 };
  }
  if (parameters[0] !== "2") return { colour: null, taken: 1 };
  const channels = parameters.slice(1, 4).map(byteOf);
  const whole = channels.length === 3 && !channels.includes(null);
  return { colour: whole ? TRUE_COLOUR + channels[0] * 65536 + channels[1] * 256 + channels[2] : null, taken: 4 };
}

// One parameter of SGR with colons in it: 4:3 (a kind of underline), 38:5:n, 38:2:r:g:b, 38:2:space:r:g:b.
function readColons(style, parameter) {
  const [head, ...rest] = parameter.split(":");
  if (head === "4") return { ...style, underline: rest[0] !== "0" };
  if (head !== "38" && head !== "48") return style;
  if (rest[0] === "2" && rest.length > 4) rest.splice(1, 1);
  const { colour } = readColour(rest);
  return colour === null ? style : { ...style, [head === "38" ? "fg" : "bg"]: colour };
}

// The style after `ESC [ text m`.
function applySgr(before, text) {
  const parameters = text.split(";");
  let style = before;
  for (let at = 0; at < parameters.length; at += 1) {
    if (parameters[at].includes(":")) {
      style = readColons(style, parameters[at]);
      continue;
    }
    const code = Number(parameters[at]);
    if (code === 0) style = NO_STYLE;
    else if (code === 38 || code === 48) {
      const { colour, taken } = readColour(parameters.slice(at + 1, at + 5));
      if (colour !== null) style = { ...style, [code === 38 ? "fg" : "bg"]: colour };
      at += taken;
    } else if (code >= 30 && code <= 37) style = { ...style, fg: code - 30 };
    else if (code >= 40 && code <= 47) style = { ...style, bg: code - 40 };
    else if (code >= 90 && code <= 97) style = { ...style, fg: code - 82 };
    else if (code >= 100 && code <= 107) style = { ...style, bg: code - 92 };
    else if (code in SWITCHES) style = { ...style, ...SWITCHES[code] };
  }
  return style;
}

// How a control character is shown: harmless, and not left out.
function pictureOf(character) {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\u2426";
}

// Where `count` characters after `from` end; surrogate pairs are one.
function skipCharacters(text, from, count) {
  let at = from;
  for (let left = count; left > 0 && at < text.length; left -= 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

function countCharacters(text) {
  let count = 0;
  for (let at = 0; at < text.length; at += text.codePointAt(at) > 0xffff ? 2 : 1) count += 1;
  return count;
}

// The row of the terminal: text, the runs of style that cover it without gaps, and where the next character goes.
function makeRow() {
  let text = "";
  let runs = [];
  let cursor = 0;

  const cut = (from, to) => {
    const inside = runs.filter((run) => run.to > from && run.from < to);
    return inside.map((run) => ({ style: run.style, from: Math.max(run.from, from), to: Math.min(run.to, to) }));
  };

  function replace(from, to, piece, style) {
    const shift = piece.length - (to - from);
    const after = cut(to, text.length).map((run) => ({ ...run, from: run.from + shift, to: run.to + shift }));
    runs = [...cut(0, from), ...(piece ? [{ from, to: from + piece.length, style }] : []), ...after];
    text = text.slice(0, from) + piece + text.slice(to);
  }

  return {
    write(piece, style) {
      if (!piece) return;
      if (cursor < text.length) {
        replace(cursor, skipCharacters(text, cursor, countCharacters(piece)), piece, style);
      } else {
        runs.push({ from: cursor, to: cursor + piece.length, style });
        text += piece;
      }
      cursor += piece.length;
    },
    start() {
      cursor = 0;
    },
    back() {
      if (cursor > 0) cursor -= cursor > 1 && text.codePointAt(cursor - 2) > 0xffff ? 2 : 1;
    },
    // 0: from the cursor on, 1: up to the cursor and with it, 2: everything.
    erase(what) {
      const blanks = (to) => " ".repeat(countCharacters(text.slice(0, to)));
      if (what === 0) {
        replace(cursor, text.length, "", NO_STYLE);
        return;
      }
      const kept = what === 1 ? skipCharacters(text, cursor, 1) : cursor;
      const place = countCharacters(text.slice(0, cursor));
      replace(0, what === 1 ? kept : text.length, blanks(kept), NO_STYLE);
      cursor = place;
    },
    read() {
      const merged = [];
      for (const run of runs) {
        const last = merged.at(-1);
        if (last && sameStyle(last.style, run.style)) last.to = run.to;
        else merged.push({ ...run });
      }
      return { text, runs: merged.length === 1 && sameStyle(merged[0].style, NO_STYLE) ? [] : merged };
    },
  };
}

// {text, runs: [{from, to, style}]}; no runs mean no style anywhere. Carriage returns, backspaces and erasures (CSI K) do what they do in a terminal,
// other sequences do nothing, and what is no complete sequence is shown.
function parseLine(line) {
  if (!CONTROL.test(line)) return { text: line, runs: [] };
  const row = makeRow();
  let style = NO_STYLE;
  let at = 0;
  CONTROLS.lastIndex = 0;
  for (let found = CONTROLS.exec(line); found; found = CONTROLS.exec(line)) {
    row.write(line.slice(at, found.index), style);
    at = found.index + 1;
    SEQUENCE.lastIndex = found.index;
    const sequence = found[0] === "\x1b" ? SEQUENCE.exec(line) : null;
    if (sequence) {
      at = SEQUENCE.lastIndex;
      if (sequence[2] === "m" && /^[\d;:]*$/.test(sequence[1])) style = applySgr(style, sequence[1]);
      else if (sequence[2] === "K" && /^[012]?$/.test(sequence[1])) row.erase(Number(sequence[1]));
    } else if (found[0] === "\r") row.start();
    else if (found[0] === "\b") row.back();
    else row.write(pictureOf(found[0]), style);
    CONTROLS.lastIndex = at;
  }
  row.write(line.slice(at), style);
  return row.read();
}
