// Text on the clipboard, and what is left where a page may not use it; which text is the views'.

// False where there is no way.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

// The old way, for pages without a clipboard of their own (a hub without TLS, some frames); the focus stays where it is.
function copyByCommand(text) {
  let done = false;
  const put = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
    done = true;
  };
  document.addEventListener("copy", put, true);
  try {
    document.execCommand("copy");
  } finally {
    document.removeEventListener("copy", put, true);
  }
  return done;
}

// A button that copies what `render()` gives; where the page may not, the text is shown, selected, to be copied by hand.
function makeCopyButton(ctx, label, render, place) {
  return button(label, async () => {
    const text = render();
    place.replaceChildren();
    if (await copyText(text)) {
      ctx.announce(word("copy.done"));
      place.replaceChildren(h("span", { class: "azml-note" }, word("copy.done")));
      return;
    }
    const area = h("textarea", { class: "azml-input azml-copied", readonly: true, rows: "6", "aria-label": word("copy.byHand"), value: text });
    place.replaceChildren(h("p", { class: "azml-note" }, word("copy.byHand")), area);
    area.focus();
    area.select();
  });
}
