/** A process beside this one, whichever runtime starts it: Node's child here; Electron's is in shell/electron. */
import { fork } from "node:child_process";

export interface WorkerProcess {
  readonly pid: number | undefined;
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, with how it ended or why it could not be started. */
  onEnd(listener: (how: string) => void): void;
  /** Ends it at once, whatever it is doing. */
  kill(): void;
  /** Whether this program waits for it. */
  hold(wait: boolean): void;
}

/** Starts a JavaScript file. */
export type Launch = (file: string, args: string[]) => WorkerProcess;

export const launchNode: Launch = (file, args) => {
  const child = fork(file, args, { execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"] });
  return {
    pid: child.pid,
    post: (message) => child.send(message as object, () => undefined), // what cannot be sent ends with the process
    onMessage: (listener) => child.on("message", listener),
    onEnd(listener) {
      child.once("exit", (code, signal) => listener(signal ?? `exit status ${code}`));
      child.on("error", (error) => {
        if (child.pid === undefined) listener(`it could not be started: ${error.message}`);
      });
    },
    kill: () => child.kill("SIGKILL"),
    hold(wait) {
      const change = wait ? "ref" : "unref";
      child[change]();
      child.channel?.[change]();
    },
  };
};
