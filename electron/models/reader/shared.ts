/** The program's one reader. */
import { launchNode, type Launch } from "./process.js";
import { Reader } from "./reader.js";

let launch = launchNode;
let reader: Reader | undefined;

/** For a shell whose runtime has a way of its own to start processes; before the first file is read. */
export function launchReaderWith(other: Launch): void {
  launch = other;
}

export function sharedReader(): Reader {
  if (reader === undefined) {
    const made = new Reader({ launch });
    process.once("exit", () => made.close()); // its process would notice, a moment later
    reader = made;
  }
  return reader;
}
