// What stands around the panel in a front end, for tests: a widget model as anywidget hands one out, and what a single view is given.
// The module under test is appended by harness.py; it leaves `inPanel`, which evaluates in that module's scope.

const traits = {};
const listeners = new Map();

window.sent = []; // every message to the kernel: what it says, and how many buffers went with it
window.asked = []; // what a view asked through its context, with the means to answer

const sending = (content, buffers = []) => {
  window.sent.push({ ...structuredClone(content), ...(buffers.length ? { buffers: buffers.length } : {}) });
};

// A front end hands initialize() and render() different objects for one model: this does too.
window.makeModel = () => {
  const own = [];
  return {
    get: (name) => traits[name],
    set: (name, value) => {
      traits[name] = value;
    },
    save_changes: () => {},
    on: (event, listener) => {
      own.push([event, listener]);
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    },
    off: (event, listener) => {
      for (const [name, known] of own) {
        if ((event && name !== event) || (listener && known !== listener)) continue;
        listeners.set(name, (listeners.get(name) ?? []).filter((other) => other !== known));
      }
    },
    send: (content, callbacks, buffers) => sending(content, buffers),
  };
};

window.setTraits = (values) => {
  for (const [name, value] of Object.entries(values)) {
    traits[name] = value;
    for (const listener of listeners.get(`change:${name}`) ?? []) listener();
  }
};

window.deliver = (content, buffers = []) => {
  for (const listener of listeners.get("msg:custom") ?? []) listener(content, buffers);
};

// An event of the model itself, such as "comm_live_update".
window.fire = (event) => {
  for (const listener of listeners.get(event) ?? []) listener();
};

window.listening = () => [...listeners.values()].reduce((count, some) => count + some.length, 0);

window.fromBase64 = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

// `ctx` of a single view. ask() waits until the test answers: asked[n].resolve(value), .reject({message, lines}), .progress(value).
window.makeContext = (overrides = {}) => ({
  send: (op, fields = {}) => sending({ op, ...fields }),
  ask: (op, fields = {}, onProgress = () => {}) =>
    new Promise((resolve, reject) => {
      sending({ op, ...fields });
      window.asked.push({ op, fields, resolve, reject, progress: onProgress });
    }),
  select: (service) => sending({ op: "select", service }),
  state: () => traits.state ?? {},
  live: () => true,
  announce: (text) => {
    (window.announced ??= []).push(text);
  },
  openTab: (name) => {
    (window.opened ??= []).push(name);
  },
  ...overrides,
});

// What the page did while a test looked: the longest task, frames, and the longest time between two of them.
window.watchFrames = () => {
  const seen = { tasks: 0, longest: 0, frames: 0, gap: 0, started: performance.now() };
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      seen.tasks += 1;
      seen.longest = Math.max(seen.longest, entry.duration);
    }
  });
  observer.observe({ entryTypes: ["longtask"] });
  let last = performance.now();
  let handle = requestAnimationFrame(function frame(now) {
    seen.frames += 1;
    seen.gap = Math.max(seen.gap, now - last);
    last = now;
    handle = requestAnimationFrame(frame);
  });
  return () => {
    cancelAnimationFrame(handle);
    for (const entry of observer.takeRecords()) seen.longest = Math.max(seen.longest, entry.duration);
    observer.disconnect();
    const seconds = (performance.now() - seen.started) / 1000;
    return { ...seen, seconds, perSecond: seen.frames / seconds };
  };
};
