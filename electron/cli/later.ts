import type { Command } from "commander";
import { PhononError } from "../base/errors.js";

const LATER = ["kernels", "import"];

/** Subcommands that the contract names and that later versions bring: known, and refused by name. */
export function addLater(program: Command): void {
  for (const name of LATER) {
    program
      .command(name, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new PhononError("bad_request", `${name} is not available yet.`);
      });
  }
}
