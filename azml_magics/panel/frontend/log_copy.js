// A log as plain text: what is selected of it, all of it, or as a file. Which lines are shown is left to log_rows.js,
// the clipboard to copying.js.

const COPY_LINES = 256;

// The place in the log of one end of a selection: {number, at} with `at` in the line's shown text; null outside of `pad`.
function placeOf(pad, node, offset) {
  let row = rowElement(pad, node);
  let after = false;
  if (!row && node === pad) {
    row = pad.children[Math.min(offset, pad.children.length - 1)] ?? null;
    after = offset >= pad.children.length;
  }
  if (!row) return null;
  const text = row.querySelector(".azml-log-text");
  let at = after || (node === row && offset > 1) ? text.textContent.length : 0;
  if (text.contains(node)) {
    const range = document.createRange();
    range.setStart(text, 0);
    range.setEnd(node, offset);
    at = range.toString().length;
  }
  return { number: Number(row.dataset.number), at: Number(row.dataset.from) + at };
}

// What the reader selected in `pad`, from the first place to the last; null when it is nothing, or goes beyond.
function selectedPlaces(pad) {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed) return null;
  const anchor = placeOf(pad, selection.anchorNode, selection.anchorOffset);
  const focus = placeOf(pad, selection.focusNode, selection.focusOffset);
  if (!anchor || !focus) return null;
  return anchor.number < focus.number || (anchor.number === focus.number && anchor.at <= focus.at) ? [anchor, focus] : [focus, anchor];
}

// The text between two places, also of lines that are not on the page now.
function selectedText(store, hidden, [from, to]) {
  const texts = [];
  for (let number = Math.max(from.number, store.first); number <= Math.min(to.number, store.end - 1); number += 1) {
    if (hidden.has(store.source(number))) continue;
    const { text } = parseLine(store.text(number));
    texts.push(text.slice(number === from.number ? from.at : 0, number === to.number ? to.at : text.length));
  }
  return texts.join("\n");
}

// All lines that are not hidden, in slices: resolves to {parts, count}. formatPrefix(line) is what stands before each text.
function collectText(store, hidden, formatPrefix) {
  const parts = [];
  let count = 0;
  let number = store.first;
  const last = store.end;
  return new Promise((resolve) => {
    makeWork(
      () => {
        number = Math.max(number, store.first);
        const end = Math.min(last, number + COPY_LINES);
        let text = "";
        for (; number < end; number += 1) {
          const line = store.line(number);
          if (!line || hidden.has(line.source)) continue;
          text += `${formatPrefix(line)}${shownText(line.text)}\n`;
          count += 1;
        }
        parts.push(text);
        return number < last;
      },
      () => {
        if (number >= last) resolve({ parts, count });
      },
    ).start();
  });
}

// Puts a text on the clipboard that is still being collected; false where there is no way. The clipboard is asked at once: WebKit allows that in the
// task of the click alone.
async function copyCollected(collecting) {
  const content = collecting.then((text) => new Blob([text], { type: "text/plain" }));
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": content })]);
    return true;
  } catch {
    return copyText(await collecting);
  }
}

// copy(event) for what is copied in `view`. While nothing of the page is selected, Firefox tells the body of it, whatever has the focus.
function listenToCopies(view, copy) {
  const listen = () => document.addEventListener("copy", hear);
  const leave = () => document.removeEventListener("copy", hear);
  const hear = (event) => {
    if (view.isConnected) copy(event);
    else leave();
  };
  view.addEventListener("copy", copy);
  view.addEventListener("focus", listen);
  view.addEventListener("blur", leave);
}

function saveFile(parts, name) {
  const address = URL.createObjectURL(new Blob(parts, { type: "text/plain;charset=utf-8" }));
  const link = h("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser takes what it needs on the click; later, the memory is given back.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

// A name that every system takes.
function fileName(title) {
  return `${title.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "") || "log"}.log`;
}
