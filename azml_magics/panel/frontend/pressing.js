// A button that is pressed stays where it is until it is let go, else the click would be lost or meant for another: what would move it waits. What that
// is, is left to whoever draws and listens.

const PRESSED = "button, summary, label";
const PRESS_ENDS = ["pointerup", "pointercancel", "pointermove", "keydown", "blur"];

let isPressed = false;
let duePresses = [];

// Does `work` now, or once nothing is pressed any more; in the order asked for.
function afterPress(work) {
  if (isPressed) duePresses.push(work);
  else work();
}

function watchPresses(root) {
  const begin = (event) => {
    if (isPressed || !event.target.closest(PRESSED)) return;
    isPressed = true;
    for (const name of PRESS_ENDS) window.addEventListener(name, end, true);
  };
  const end = (event) => {
    // Where the release itself went elsewhere, the pointer comes back without it.
    if ((event.type === "pointermove" && event.buttons) || (event.type === "blur" && event.target !== window)) return;
    for (const name of PRESS_ENDS) window.removeEventListener(name, end, true);
    // The click belongs to the press, and comes with its end.
    soon(() => {
      isPressed = false;
      for (const work of duePresses.splice(0)) queueMicrotask(work);
    });
  };
  root.addEventListener("pointerdown", begin, true);
}
