/** `host:version`: what the adb server speaks. */
import { PhononError } from "../../base/errors.js";
import { request, withConnection } from "./connection.js";

/** Of platform-tools 26 (2017): the first one that knows everything used here. */
const oldest = 39;

/** Checks that an adb server runs, starting it if need be, and that it is not too old. */
export async function checkServer(signal?: AbortSignal): Promise<number> {
  const operation = { what: "Asking for adb's version", ms: 5_000, signal };
  const version = await withConnection(operation, async (connection) => {
    await request(connection, "host:version");
    const said = (await connection.parser.readValue()).toString("latin1");
    if (!/^[0-9a-f]{4}$/i.test(said)) return connection.parser.unexpected(said, "a version");
    return Number.parseInt(said, 16);
  });
  if (version >= oldest) return version;
  throw new PhononError(
    "adb_too_old",
    `The adb server speaks version ${version}, at least ${oldest} is needed. Update Android's platform-tools, then run ` +
      "`adb kill-server`.",
  );
}
