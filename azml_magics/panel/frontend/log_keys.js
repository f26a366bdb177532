// What keys mean in the log while it has the focus, and that the notebook around does not take them for its own; what they do is left to log_view.js.

// actions: {search(), move(direction), begin(), end(), selectAll(), leave()}; leave() is false when there was nothing to leave.
function listenToKeys(element, view, actions) {
  const keys = {
    "/": () => actions.search(),
    Home: () => actions.begin(),
    End: () => actions.end(),
    Escape: () => actions.leave(),
    F3: (event) => actions.move(event.shiftKey ? -1 : 1),
  };

  function find(event) {
    const command = event.ctrlKey || event.metaKey;
    if (event.altKey || (command && event.shiftKey)) return null;
    const inLines = event.target === view;
    if (!command) return inLines ? keys[event.key] : null;
    const key = event.key.toLowerCase();
    if (key === "f") return actions.search;
    return key === "a" && inLines ? actions.selectAll : null;
  }

  element.addEventListener("keydown", (event) => {
    const action = find(event);
    if (action && action(event) !== false) event.preventDefault();
    // The notebook has commands on single keys, Escape among them: none of them is meant here.
    const single = !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape";
    if (event.defaultPrevented || single) event.stopPropagation();
  });
}
