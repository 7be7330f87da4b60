/** A cable between browser and server that can be pulled out and put back. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Cable {
  port: number;
  pull(): void;
  plug(): void;
  close(): Promise<void>;
}

export async function startCable(to: number): Promise<Cable> {
  const open = new Set<Socket>();
  let plugged = true;
  const server = createServer((near) => {
    if (!plugged) {
      near.destroy();
      return;
    }
    const far = connect(to, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.pipe(other);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    pull() {
      plugged = false;
      open.forEach((socket) => socket.destroy());
    },
    plug() {
      plugged = true;
    },
    async close() {
      open.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
