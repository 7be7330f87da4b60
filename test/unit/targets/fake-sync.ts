/** The receiving end of adb's sync protocol: SEND only. */
import { rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";

/** Writes what comes to local(path); leaves no file when the stream breaks off, as adbd does. */
export function receiveFile(socket: Socket, local: (path: string) => string): void {
  let buffer = Buffer.alloc(0);
  let target = "";
  const parts: Buffer[] = [];
  const onData = (chunk: Buffer): void => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= 8) {
      const id = buffer.toString("latin1", 0, 4);
      const length = buffer.readUInt32LE(4);
      if (id !== "DONE" && buffer.length < 8 + length) return;
      const body = buffer.subarray(8, 8 + (id === "DONE" ? 0 : length));
      buffer = buffer.subarray(8 + body.length);
      if (id === "SEND") target = local(body.toString("utf-8").replace(/,\d+$/, ""));
      else if (id === "DATA") parts.push(Buffer.from(body));
      else {
        writeFileSync(target, Buffer.concat(parts));
        parts.length = 0;
        socket.write("OKAY\0\0\0\0");
      }
    }
  };
  socket.write("OKAY");
  socket.on("data", onData).on("close", () => parts.length > 0 && target !== "" && rmSync(target, { force: true }));
  socket.resume();
}
