/** `host:devices`: the phones that adb knows, with their states. */
import { request, withConnection } from "./connection.js";

export interface Device {
  serial: string;
  adbState: string;
}

export function listDevices(signal?: AbortSignal, startServer = true): Promise<Device[]> {
  return withConnection({ what: "Listing devices", ms: 5_000, signal, startServer }, async (connection) => {
    await request(connection, "host:devices");
    return parseDevices((await connection.parser.readValue()).toString("utf-8"));
  });
}

/** The body of an answer to `host:devices` or `host:track-devices`. */
export function parseDevices(text: string): Device[] {
  return text
    .split("\n")
    .map((line) => line.split("\t"))
    .flatMap(([serial, adbState]) => (serial && adbState ? [{ serial, adbState }] : []));
}
