// Tabs after the ARIA pattern: arrow keys, Home and End move and open, one tab is in the page's tab order; what is in them is left to the views.

// tabs: [{name, view, count?(state)}]. A tab opens itself (chooseFirst) until somebody opened one, or did something in one.
function makeTabs(ctx, tabs, chooseFirst = () => tabs[0].name) {
  let selected = null;
  let chosen = false;
  const list = h("div", { class: "azml-tablist", role: "tablist", "aria-label": word("panel.tabs") });
  const entries = tabs.map(({ name, view, count }) => {
    const [tabId, panelId] = [uniqueId(`tab-${name}`), uniqueId(`panel-${name}`)];
    const figure = h("span", { class: "azml-tab-count", hidden: true });
    const tab = h(
      "button",
      {
        type: "button",
        class: "azml-tab",
        role: "tab",
        id: tabId,
        "aria-controls": panelId,
        dataset: { tab: name },
        onClick: () => open(name),
      },
      h("span", {}, word(`tab.${name}`)),
      figure,
    );
    const panel = h("div", { role: "tabpanel", tabindex: "-1", id: panelId, "aria-labelledby": tabId, dataset: { panel: name } }, view.element);
    for (const deed of ["pointerdown", "keydown", "wheel"]) {
      panel.addEventListener(deed, () => (chosen = true), { capture: true, passive: true });
    }
    list.append(tab);
    return { name, view, count, tab, panel, figure };
  });
  const element = h("div", { class: "azml-tabs" }, list, entries.map((entry) => entry.panel));

  function show(name) {
    if (name === selected || !entries.some((entry) => entry.name === name)) return;
    selected = name;
    const held = focused(element);
    for (const entry of entries) {
      const here = entry.name === name;
      setAttribute(entry.tab, "aria-selected", here);
      setAttribute(entry.tab, "tabindex", here ? "0" : "-1");
      setHidden(entry.panel, !here);
    }
    const entry = entries.find((candidate) => candidate.name === name);
    entry.view.shown?.();
    // What had the focus may be hidden now.
    if (held && held !== document.body && !held.checkVisibility() && element.contains(held)) entry.tab.focus();
  }

  function open(name) {
    chosen = true;
    show(name);
  }

  list.addEventListener("keydown", (event) => {
    const at = entries.findIndex((entry) => entry.name === selected);
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: entries.length - 1 };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = entries[(steps[event.key] + entries.length) % entries.length];
    open(next.name);
    next.tab.focus();
    event.preventDefault();
  });

  show(tabs[0].name);
  return {
    element,
    open,
    update(state) {
      if (!chosen) show(chooseFirst(state));
      for (const entry of entries) {
        const number = entry.count?.(state) ?? 0;
        setText(entry.figure, number ? number.toLocaleString() : "");
        setHidden(entry.figure, !number);
        entry.view.update(state);
      }
    },
    destroy() {
      for (const entry of entries) entry.view.destroy();
    },
  };
}
