/** The program's one reader. */
import { launchNode, type Launch } from "./process.js";
import { Reader } from "./reader.js";

let launch = launchNode;
let reader: Reader | undefined;

/** For a shell whose runtime has a way of its own to start processes; before the first file is read. */
export function launchReaderWith(other: Launch): void {
  launch = other;
}

export const sharedReader = (): Reader => (reader ??= new Reader({ launch }));
