#!/usr/bin/env node
// An agent's program for tests of starting and ending agents. $PHONON_TEST_AGENT chooses what is wrong with it.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { appendFileSync } from "node:fs";

const wrong = process.env.PHONON_TEST_AGENT ?? "";
const option = (name) => process.argv[process.argv.indexOf(name) + 1];
const name = option("--socket");
const log = process.env.PHONON_TEST_LOG;
if (log) appendFileSync(log, JSON.stringify({ pid: process.pid, args: process.argv.slice(2) }) + "\n");
if (wrong === "dies") {
  console.error("cannot bind: no such device");
  process.exit(3);
}
if (wrong === "never listens") setInterval(() => {}, 1000);
else createInterface({ input: process.stdin }).once("line", serve);
if (wrong === "ignores signals") process.on("SIGTERM", () => {});

/** As its keeper does, a moment after its death. */
function leaveWords() {
  const file = join(option("--dir"), "last-words.txt");
  const later = `setTimeout(() => require("fs").writeFileSync(${JSON.stringify(file)}, "It needed more than 256 MiB."), 200)`;
  spawn(process.execPath, ["-e", later], { detached: true, stdio: "ignore" }).unref();
}

function serve(token) {
  const server = createServer((socket) => {
    const say = (message) => socket.write(JSON.stringify(message) + "\n");
    socket.on("error", () => {});
    createInterface({ input: socket }).on("line", (text) => {
      const line = JSON.parse(text);
      if (line.type === "hello" && line.token !== token) say({ type: "error", code: "unauthorized", message: "no" });
      else if (line.type === "hello") say(greeting());
      else {
        say({ type: "ok", id: line.id });
        if (line.type === "shutdown" && !wrong.startsWith("ignores")) process.exit(0);
        if (line.type === "cancel" && wrong === "leaves words") leaveWords();
        if (line.type === "cancel") process.kill(process.pid, "SIGKILL"); // as when memory runs out
      }
    });
  });
  const path = name.startsWith("@") ? "\0" + name.slice(1) : name;
  server.listen(path, () => {
    console.log("a line of no interest");
    console.log(JSON.stringify({ type: "listening", socket: name, pid: process.pid, version: "0.1.0" }));
  });
}

function greeting() {
  return {
    ...{ type: "greeting", protocol: 1, version: "0.1.0", build: "test", engine_build: "0", pid: process.pid },
    engine: process.argv[1].includes("llama") ? "llama.cpp" : "phonon",
    device: {
      ...{ abi: "x86_64", soc: null, model: null, kernel: "Linux", page_size: 4096, cores: [], features: [] },
      memory: { total_bytes: 1, available_bytes: 1 },
      storage: { path: option("--dir"), total_bytes: 1, free_bytes: 1 },
    },
  };
}
