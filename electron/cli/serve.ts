import type { Command } from "commander";
import type { CommandContext } from "./context.js";
import { integer } from "./values.js";

interface ServeOptions {
  port?: number;
  open: boolean;
  json?: true;
}

/** The shell ends on its own signals, so this command leaves the context's signal alone. */
export function addServe(program: Command, { terminal }: CommandContext): void {
  program
    .command("serve")
    .description("serve the window to a browser on this computer, until Ctrl-C")
    .option("--port <n>", "on 127.0.0.1 (default: the first free one from 7333 on)", integer(1, 65_535))
    .option("--no-open", "do not open a browser")
    .option("--json", "print one JSON object once it listens")
    .action(async ({ port, open, json }: ServeOptions) => {
      const { startBrowserShell } = await import("../shell/browser.js"); // heavy, and no other command's
      const shell = await startBrowserShell({
        ...(port !== undefined && { port }),
        ...(!open && { open: false }),
        log: (line) => terminal.say(line),
      });
      if (json) terminal.json({ url: shell.url, port: shell.port });
      await shell.closed;
    });
}
