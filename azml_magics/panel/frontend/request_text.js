// A request as a text that asks the same elsewhere: a curl command for a POSIX shell, a Python program; showing it is left to the views, copying to
// copying.js.

// Linux takes arguments up to 128 KiB each.
const LONGEST_ARGUMENT = 100000;

// One word of a shell, whatever it holds except NUL, which no argument can.
function quoteForShell(text) {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

// Headers are Latin-1 on the wire, whatever the terminal writes: printf makes the bytes.
function quoteHeader(text) {
  if (!/[\u0080-\u00ff]/.test(text)) return quoteForShell(text);
  const octal = (letter) => `\\0${letter.charCodeAt(0).toString(8)}`;
  return `"$(printf %b ${quoteForShell(text.replaceAll("\\", "\\\\").replace(/[\u0080-\u00ff]/g, octal))})"`;
}

// A Python literal; a text of several lines stays one in the source as well. JSON's escapes all mean the same in Python.
function quoteForPython(text, indent = "") {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [""];
  if (lines.length === 1) return JSON.stringify(text);
  return `(\n${lines.map((line) => `${indent}    ${JSON.stringify(line)}`).join("\n")}\n${indent})`;
}

// The headers that are really sent: of a name that comes more than once the last one, and JSON unless another type is said.
function headersSent(headers) {
  const byName = new Map();
  for (const [name, value] of headers) {
    if (name.trim()) byName.set(name.trim().toLowerCase(), [name.trim(), value]);
  }
  if (!byName.has("content-type")) byName.set("content-type", ["Content-Type", "application/json"]);
  return [...byName.values()];
}

// {url, body, headers: [[name, value]], timeout} -> a command. Redirects are not followed and nothing is added, as by the panel.
function renderCurl({ url, body, headers, timeout }) {
  const words = ["curl", "--silent", "--show-error", "--max-time", String(timeout)];
  const lines = [words.join(" ")];
  for (const [name, value] of headersSent(headers)) {
    // To curl "Name:" means to leave the header away.
    lines.push(`--header ${quoteHeader(value === "" ? `${name};` : `${name}: ${value}`)}`);
  }
  const tooLong = new TextEncoder().encode(body).length > LONGEST_ARGUMENT;
  const piped = tooLong || body.includes("\0");
  lines.push(piped ? "--data-binary @-" : `--data-raw ${quoteForShell(body)}`);
  lines.push(quoteForShell(url));
  const command = lines.join(" \\\n  ");
  if (!piped) return command;
  // printf is built into shells, so its argument may be long; %b knows NUL.
  const escaped = body.replaceAll("\\", "\\\\").replaceAll("\0", "\\0000");
  return body.includes("\0") ? `printf %b ${quoteForShell(escaped)} | ${command}` : `printf %s ${quoteForShell(body)} | ${command}`;
}

// The same as a program that needs the package requests.
function renderPython({ url, body, headers, timeout }) {
  const lines = headersSent(headers).map(([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  return [
    "import requests",
    "",
    `body = ${quoteForPython(body)}`,
    "response = requests.post(",
    `    ${JSON.stringify(url)},`,
    "    data=body.encode(),",
    "    headers={",
    ...lines,
    "    },",
    `    timeout=${timeout},`,
    "    allow_redirects=False,",
    ")",
    "print(response.status_code, response.reason)",
    "print(response.text)",
    "",
  ].join("\n");
}
