// The process that reads foreign model files, so that a file that brings the reader down brings down nothing else.
// Started by electron/models/reader.ts: in Electron as a utility process, elsewhere as a child of Node.
//
//   node native/worker.mjs ADDON MEMORY_BYTES
//   to the parent    {"kind": "ready"} or {"kind": "broken", "message": why}, then one answer for each request
//   from the parent  {"kind": "inspect", "path": P}, or {"kind": "plan", "path": P, "request": JSON as text}
//   to the parent    {"kind": "answer", "line": what `phonon-model inspect P` prints, or a plan; an error's too}
import { createRequire } from "node:module";

const [addonFile, memoryBytes] = process.argv.slice(-2);
const { parentPort } = process; // Electron's; a child of Node has process.send
const send = parentPort ? (message) => parentPort.postMessage(message) : (message) => process.send(message);
const receive = (listener) =>
  parentPort ? parentPort.on("message", ({ data }) => listener(data)) : process.on("message", listener);

process.on("SIGINT", () => undefined); // Ctrl-C goes to the whole group; the parent decides
process.on("disconnect", () => process.kill(process.pid, "SIGKILL")); // the parent has ended; an exit would wait for a read

/** Answers one request after the other. */
async function onMessage(addon, { kind, path, request }) {
  try {
    const line = await (kind === "plan" ? addon.plan(path, request) : addon.inspect(path));
    send({ kind: "answer", line });
  } catch (error) {
    send({ kind: "broken", message: String(error) });
  }
}

try {
  const addon = createRequire(import.meta.url)(addonFile);
  addon.limitMemory(Number(memoryBytes));
  receive((message) => void onMessage(addon, message));
  send({ kind: "ready" });
} catch (error) {
  send({ kind: "broken", message: String(error) });
}
