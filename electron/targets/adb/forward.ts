/** Ports of this computer that lead to abstract sockets of a device. */
import { PhononError } from "../../base/errors.js";
import { ListForwardsCommand } from "./adbkit.js";
import { checkSerial, readOkay, request, withConnection } from "./connection.js";
import { assertWord } from "./shell-text.js";

const ms = 5_000;

/** Leads a free port of 127.0.0.1, which it returns, to the device's abstract socket. */
export function forward(serial: string, socketName: string, signal?: AbortSignal): Promise<number> {
  return withConnection({ what: `Forwarding a port to ${serial}`, ms, signal }, async (connection) => {
    const remote = `localabstract:${assertWord(socketName)}`;
    await request(connection, `host-serial:${checkSerial(serial)}:forward:tcp:0;${remote}`);
    await readOkay(connection); // the first OKAY is the server's, the second one the forward's
    const port = Number((await connection.parser.readValue()).toString("ascii"));
    if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
    throw new PhononError("adb_failed", `adb did not say which port it forwards to ${serial}. Update platform-tools.`);
  });
}

/** The port that leads to this socket at present: an unplugged device loses its forwards. */
export function findForward(serial: string, socketName: string, signal?: AbortSignal): Promise<number | null> {
  return withConnection({ what: "Listing forwarded ports", ms, signal }, async (connection) => {
    const forwards = await new ListForwardsCommand(connection).execute(checkSerial(serial));
    const ours = forwards.find((f) => f.serial === serial && f.remote === `localabstract:${socketName}`);
    const port = /^tcp:(\d{1,5})$/.exec(ours?.local ?? "")?.[1];
    return port === undefined ? null : Number(port);
  });
}

/** Removes the forward to this socket, if there is one. */
export async function removeForward(serial: string, socketName: string): Promise<void> {
  const port = await findForward(serial, socketName);
  if (port === null) return;
  await withConnection({ what: `Removing a forwarded port of ${serial}`, ms }, async (connection) => {
    await request(connection, `host-serial:${checkSerial(serial)}:killforward:tcp:${port}`);
  });
}
