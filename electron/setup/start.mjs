// `npm start`: sets up, then opens the program: Electron's window where its binary is, the browser shell elsewhere.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { say } from "./console.mjs";
import { electronBinary, fetchElectron, hasDisplay } from "./electron-binary.mjs";
import { root } from "./paths.mjs";
import { main, setUp } from "./setup.mjs";

await main(async () => {
  const started = Date.now();
  await setUp();
  await fetchElectron();
  say(`ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  const electron = hasDisplay ? electronBinary() : undefined;
  const command = electron ? [electron, root] : [process.execPath, join(root, "electron/cli/phonon.mjs"), "serve"];
  const child = spawn(command[0], [...command.slice(1), ...process.argv.slice(2)], { stdio: "inherit", cwd: root });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 130 : 1)));
});
