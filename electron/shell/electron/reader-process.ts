/** Model files are read in a utility process of Electron's. */
import { utilityProcess } from "electron";
import type { Launch } from "../../models/reader/process.js";
import { launchReaderWith } from "../../models/reader/shared.js";

export const launchUtility: Launch = (file, args) => {
  const child = utilityProcess.fork(file, args, { serviceName: "Phonon model reader", stdio: "ignore" });
  child.on("error", () => undefined); // "exit" follows, and is what counts
  return {
    get pid() {
      return child.pid;
    },
    post: (message) => child.postMessage(message),
    onMessage: (listener) => child.on("message", listener),
    onEnd: (listener) => child.once("exit", (code) => listener(`exit status ${code}`)),
    kill() {
      try {
        if (child.pid !== undefined)
          process.kill(child.pid, "SIGKILL"); // child.kill() is a request, and it may hang
        else child.kill();
      } catch {
        // it has ended already
      }
    },
    hold: () => undefined, // the window decides how long the program lives
  };
};

export const setupReader = (): void => launchReaderWith(launchUtility);
