// Colours of a log: what a style of ansi.js looks like on the front end's background, always with a contrast of 4.5 to 1.

const CONTRAST = 4.6;
const PALETTE = [
  [[0, 0, 0], [205, 49, 49], [13, 150, 90], [170, 140, 0], [36, 114, 200], [188, 63, 188], [17, 150, 180], [150, 150, 150]],
  [[110, 110, 110], [241, 76, 76], [35, 190, 130], [214, 180, 0], [59, 142, 234], [214, 112, 214], [41, 184, 219], [255, 255, 255]],
].flat();

function paletteColour(number) {
  if (number < 16) return PALETTE[number];
  if (number >= 232) return [0, 1, 2].map(() => 8 + 10 * (number - 232));
  const level = (step) => (step ? 55 + 40 * step : 0);
  const place = number - 16;
  return [level(Math.floor(place / 36)), level(Math.floor(place / 6) % 6), level(place % 6)];
}

function channels(colour) {
  if (colour < TRUE_COLOUR) return paletteColour(colour);
  return [(colour >> 16) & 255, (colour >> 8) & 255, colour & 255];
}

function luminance(colour) {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function mix(one, other, share) {
  return one.map((value, at) => Math.round(value + share * (other[at] - value)));
}

// `colour` itself, or as little of black or white in it as makes it readable.
function readable(colour, background) {
  if (contrast(colour, background) >= CONTRAST) return colour;
  const end = contrast([0, 0, 0], background) > contrast([255, 255, 255], background) ? [0, 0, 0] : [255, 255, 255];
  let [low, high] = [0, 1];
  for (let round = 0; round < 8; round += 1) {
    const middle = (low + high) / 2;
    if (contrast(mix(colour, end, middle), background) >= CONTRAST) high = middle;
    else low = middle;
  }
  return mix(colour, end, high);
}

// rgb(...), rgba(...) and color(srgb ...) as styles compute them; null where nothing covers what is behind.
function readCssColour(text) {
  const numbers = (text.match(/[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
  if (numbers.length < 3 || numbers[3] === 0) return null;
  return numbers.slice(0, 3).map((value) => (text.startsWith("color(") ? Math.round(255 * value) : value));
}

function css(colour) {
  return `rgb(${colour.join(", ")})`;
}

// learn(element) reads foreground and background of the page, true when they changed; apply(element, style) sets how it looks.
function makeColors() {
  let foreground = [0, 0, 0];
  let background = [255, 255, 255];
  let known = "";
  let looks = new Map();

  function look(style) {
    let fg = style.fg < 0 ? foreground : channels(style.fg);
    let bg = style.bg < 0 ? null : channels(style.bg);
    if (style.inverse) [fg, bg] = [bg ?? background, fg];
    const behind = bg ?? background;
    if (style.dim) fg = mix(fg, behind, 0.35);
    const plain = fg === foreground && !bg;
    return { color: plain ? "" : css(readable(fg, behind)), backgroundColor: bg ? css(bg) : "" };
  }

  return {
    learn(element) {
      const { color, backgroundColor } = getComputedStyle(element);
      if (color + backgroundColor === known) return false;
      known = color + backgroundColor;
      foreground = readCssColour(color) ?? [0, 0, 0];
      background = readCssColour(backgroundColor) ?? (luminance(foreground) > 0.4 ? [0, 0, 0] : [255, 255, 255]);
      looks = new Map();
      return true;
    },
    apply(element, style) {
      const key = `${style.fg} ${style.bg} ${style.inverse} ${style.dim}`;
      if (!looks.has(key)) looks.set(key, look(style));
      Object.assign(element.style, looks.get(key));
      for (const name of ["bold", "italic", "underline", "strike"]) {
        if (style[name]) element.classList.add(`azml-${name}`);
      }
    },
  };
}
