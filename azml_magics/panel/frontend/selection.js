// Which service is looked at: what somebody chose on this page counts at once, and late word of an earlier choice does not undo it; what follows from a
// choice is left to the views.

function makeSelection() {
  let told = null; // by the kernel
  let underWay = []; // chosen here, in this order, and not told by the kernel yet
  let choices = 0;
  return {
    choose(service) {
      if (underWay.length || service !== told) underWay.push(service);
      choices += 1;
    },
    // What the kernel says: an answer to one of those choices, or a choice of its own, which is newer than all of them.
    hear(service) {
      if (service === told) return;
      told = service;
      const place = underWay.indexOf(service);
      underWay = place < 0 ? [] : underWay.slice(place + 1);
    },
    // `choices` counts those made here.
    read: () => ({ selected: underWay.at(-1) ?? told, choices }),
  };
}
