// The state as the kernel sends it, made whole: what is missing, or is of another kind, is as if nothing had been said of it. Views rely on that; what
// they make of it is theirs.

// More than these no chart has room for.
const LATENCIES_KEPT = 60;

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asText(value, other = "") {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : other;
}

function asFigure(value, other = null) {
  return Number.isFinite(value) ? value : other;
}

// Moments a clock can show, in epoch seconds.
function asMoment(value) {
  return Math.abs(asFigure(value, Infinity)) <= 8.64e12 ? value : null;
}

function asObjects(value, read) {
  return Array.isArray(value) ? value.filter(isObject).map(read) : [];
}

function asTexts(value) {
  return Array.isArray(value) ? value.map((line) => asText(line)) : [];
}

// {message, lines}, also of an error that says nothing; null is no error.
function readError(error) {
  if (error === null || error === undefined) return null;
  const { message, lines } = isObject(error) ? error : { message: error };
  return { message: asText(message), lines: asTexts(lines) };
}

// {done, total, unit, text}; of a load test {done, errors, seconds}.
function readProgress(progress) {
  if (!isObject(progress)) return null;
  const { total, unit, text, done, errors, seconds } = progress;
  const figures = { done: asFigure(done, 0), errors: asFigure(errors, 0), seconds: asFigure(seconds, 0) };
  return { ...figures, total: total > 0 ? asFigure(total) : null, unit: asText(unit), text: asText(text) };
}

function readStep({ name, state, seconds, started, reason, progress }) {
  const said = { name: asText(name), state: asText(state, "waiting"), reason: asText(reason) };
  return { ...said, seconds: asFigure(seconds), started: asMoment(started), progress: readProgress(progress) };
}

function readPlace(place) {
  if (!isObject(place)) return null;
  const { source, cell, line, column, length, text } = place;
  const figures = { cell: asFigure(cell), line: asFigure(line), column: asFigure(column), length: asFigure(length) };
  return { source: asText(source), ...figures, text: asText(text) };
}

function readFinding({ severity, code, message, remedy, place }) {
  return { severity: asText(severity, "warning"), code: asText(code), message: asText(message), remedy: asText(remedy), place: readPlace(place) };
}

function readService(service) {
  const { name, engine, state, scoring_uri: address, model, environment, problem, latencies } = service;
  return {
    name: asText(name),
    engine: asText(engine),
    state: asText(state, "unknown"),
    port: asFigure(service.port),
    scoring_uri: asText(address, null),
    model: asText(model),
    environment: asText(environment),
    started: asMoment(service.started),
    requests: asFigure(service.requests, 0),
    errors: asFigure(service.errors, 0),
    p50_ms: asFigure(service.p50_ms),
    p99_ms: asFigure(service.p99_ms),
    latencies: Array.isArray(latencies) ? latencies.slice(-LATENCIES_KEPT).filter((value) => Number.isFinite(value) && value >= 0) : [],
    problem: asText(problem),
  };
}

// A name stands for one service.
function readServices(services) {
  const byName = new Map(asObjects(services, readService).map((service) => [service.name, service]));
  return [...byName.values()];
}

// `skew` is how far this machine's clock is ahead of the kernel's.
function readState(state) {
  const said = isObject(state) ? state : {};
  const log = isObject(said.log) ? said.log : {};
  const now = asMoment(said.now);
  return {
    about: asText(said.about, "job"),
    service_state: asText(said.service_state, null),
    title: asText(said.title),
    doing: asText(said.doing),
    verdict: asText(said.verdict, "idle"),
    summary: asText(said.summary),
    job: asText(said.job, null),
    cancellable: Boolean(said.cancellable),
    started: asMoment(said.started),
    ended: asMoment(said.ended),
    steps: asObjects(said.steps, readStep),
    error: readError(said.error),
    findings: asObjects(said.findings, readFinding),
    log: { feed: asText(log.feed, null), path: asText(log.path) },
    services: readServices(said.services),
    selected: asText(said.selected, null),
    words: isObject(said.words) ? said.words : {},
    skew: now ? Date.now() / 1000 - now : 0,
  };
}
