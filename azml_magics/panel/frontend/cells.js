// Places in cells: how they are written, and the way to them on the page where the notebook is on it (JupyterLab, Notebook 7); whose places is left to the views.

// As the kernel writes them into lines: "cell In [3], line 2".
const WRITTEN_PLACE = /cell In \[(\d+)\](?:, line (\d+))?/g;
const MARKED_MS = 2500;

// "cell In [3], line 2"; what is no cell is named as it is.
function placeText(place) {
  return place.line ? word("place.line", { source: place.source, line: String(place.line) }) : place.source;
}

const PROMPT = ".jp-CodeCell .jp-InputPrompt";

// The prompts of the notebook this panel stands in; none in front ends whose cells are on another page (VS Code) or not shown (Voila).
function promptsAround(element) {
  return [...(element.closest(".jp-Notebook")?.querySelectorAll(PROMPT) ?? [])];
}

// The cell that ran last under this number: its prompt says so.
function findCell(near, number) {
  const prompt = promptsAround(near).find((candidate) => candidate.textContent.trim() === `[${number}]:`);
  return prompt?.closest(".jp-CodeCell") ?? null;
}

// A place: a button that goes there when it is in a cell of the notebook around, else text.
function makePlace(ctx, place) {
  const text = placeText(place);
  const element = h("span");
  if (!place.cell) {
    element.append(text);
    return element;
  }
  const go = button(text, () => goTo(ctx, element, place), { class: "azml-link", title: word("place.go") });
  // Whether there is a notebook is known once the panel is on the page.
  element.append(h("span", {}, text), go);
  setHidden(go, true);
  requestAnimationFrame(() => {
    const reachable = promptsAround(element).length > 0;
    setHidden(go, !reachable);
    setHidden(element.firstChild, reachable);
  });
  return element;
}

// A line of text with a button for every place in it.
function linkedLine(ctx, text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(WRITTEN_PLACE)) {
    parts.push(text.slice(from, found.index));
    parts.push(makePlace(ctx, { source: `cell In [${found[1]}]`, cell: Number(found[1]), line: found[2] ? Number(found[2]) : null }));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return h("span", { class: "azml-line" }, parts.filter((part) => part !== ""), "\n");
}

function goTo(ctx, element, place) {
  const cell = findCell(element, place.cell);
  element.querySelector(".azml-place-note")?.remove();
  if (!cell) {
    const missing = word("place.missing", { cell: String(place.cell) });
    element.append(h("span", { class: "azml-place-note" }, ` ${missing}`));
    ctx.announce(missing);
    return;
  }
  const target = findLine(cell, place.line) ?? cell.querySelector(".jp-InputArea-editor") ?? cell;
  target.scrollIntoView({ block: "center", behavior: prefersStillness() ? "auto" : "smooth" });
  markForAMoment(target);
  ctx.announce(word("place.shown", { place: placeText(place) }));
}

// The editor keeps only the lines near the screen in the page: a line is there when none is missing above it.
function findLine(cell, line) {
  const lines = cell.querySelectorAll(".cm-content > .cm-line");
  const complete = cell.querySelector(".cm-content > .cm-gap") === null;
  return line && complete ? (lines[line - 1] ?? null) : null;
}

// An animation leaves nothing behind in elements that belong to somebody else.
function markForAMoment(element) {
  const colour = "rgba(255, 193, 7, 0.45)";
  const fading = [{ backgroundColor: colour, offset: 0 }, { backgroundColor: colour, offset: 0.6 }, { backgroundColor: "transparent", offset: 1 }];
  const still = [{ backgroundColor: colour }, { backgroundColor: colour }];
  element.animate(prefersStillness() ? still : fading, { duration: MARKED_MS, id: "azml-mark" });
}
