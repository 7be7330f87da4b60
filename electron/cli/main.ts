/** Entry of the command line, started by phonon.mjs. */
import { Interrupt } from "./interrupt.js";
import { FAILED, runProgram } from "./program.js";
import { Terminal } from "./terminal.js";

const terminal = new Terminal({ out: process.stdout, err: process.stderr });
const interrupt = new Interrupt((line) => terminal.say(line));
let failure: string | undefined;

// Whoever read the output has gone (`phonon run | head -1`): there is nobody to run for.
process.stdout.on("error", () => interrupt.abort());
process.stderr.on("error", () => undefined);

const status = await runProgram(process.argv.slice(2), {
  terminal,
  get signal() {
    return interrupt.signal;
  },
  setFailed: (message) => (failure = message),
});
if (failure !== undefined) terminal.fail(failure);
await new Promise<void>((done) => process.stdout.write("", () => done())); // a pipe may still hold output
process.exit(failure !== undefined ? FAILED : status);
