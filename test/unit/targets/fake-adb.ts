/**
 * An adb server in this process whose phones are folders of this computer: commands are run by its own shell, with
 * /data/local/tmp led into the folder. Tests can break it in every way.
 */
import { spawn } from "node:child_process";
import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { receiveFile } from "./fake-sync.js";

export type Service = (socket: Socket, serial: string, service: string) => boolean;

const hex4 = (n: number): string => n.toString(16).padStart(4, "0");
export const okay = (body?: string): string =>
  "OKAY" + (body === undefined ? "" : hex4(Buffer.byteLength(body)) + body);
export const fail = (message: string): string => "FAIL" + hex4(message.length) + message;

export class FakeAdb {
  /** serial -> state, as `host:devices` lists them */
  readonly devices = new Map<string, string>();
  /** Every request, in order. */
  readonly requests: string[] = [];
  readonly forwards = new Map<number, { serial: string; remote: string; server: Server }>();
  version = 41;
  /** Looks at each request first; true: it has dealt with it. */
  intercept: Service = () => false;
  /** Stands in for commands that begin with a key: what they print, or a status and what they print. */
  readonly commands = new Map<string, string | { status: number; output: string }>();
  private readonly sockets = new Set<Socket>();
  private readonly trackers = new Set<Socket>();
  private server: Server | undefined;
  port = 0;

  private constructor(readonly storage: string) {}

  /** Starts it and points $ANDROID_ADB_SERVER_PORT at it. */
  static async start(): Promise<FakeAdb> {
    const storage = await mkdtemp(join(tmpdir(), "phonon-adb-"));
    const adb = new FakeAdb(storage);
    await mkdir(adb.path(""), { recursive: true });
    await adb.listen();
    return adb;
  }

  async listen(): Promise<void> {
    const server = createServer((socket) => this.serve(socket));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
    process.env["ANDROID_ADB_SERVER_PORT"] = String(this.port);
  }

  /** Where a file of the phone is on this computer. */
  path(name: string): string {
    return join(this.storage, "data/local/tmp", name);
  }

  setDevice(serial: string, state: string | null): void {
    if (state === null) this.devices.delete(serial);
    else this.devices.set(serial, state);
    if (state !== "device") this.dropForwards(serial);
    for (const tracker of this.trackers) tracker.write(this.list().slice("OKAY".length));
  }

  /** As when the cable is pulled: nothing that goes on goes on. */
  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    this.dropConnections();
    await closed;
  }

  async stop(): Promise<void> {
    for (const serial of this.devices.keys()) this.dropForwards(serial);
    await this.kill();
    await rm(this.storage, { recursive: true, force: true });
    delete process.env["ANDROID_ADB_SERVER_PORT"];
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    let serial = "";
    let buffer = Buffer.alloc(0);
    let speaksRequests = true;
    socket
      .on("error", () => undefined)
      .on("close", () => {
        this.sockets.delete(socket);
        this.trackers.delete(socket);
      });
    socket.on("data", (chunk: Buffer) => {
      if (!speaksRequests) return;
      buffer = Buffer.concat([buffer, chunk]);
      while (speaksRequests && buffer.length >= 4) {
        const length = Number.parseInt(buffer.toString("latin1", 0, 4), 16);
        if (buffer.length < 4 + length) return;
        const request = buffer.toString("utf-8", 4, 4 + length);
        buffer = buffer.subarray(4 + length);
        this.requests.push(request);
        if (this.intercept(socket, serial, request)) continue;
        if (request.startsWith("host:transport:")) {
          serial = request.slice("host:transport:".length);
          socket.write(this.transport(serial));
        } else if (request.startsWith("host")) this.host(socket, request);
        else {
          speaksRequests = false;
          socket.removeAllListeners("data");
          socket.pause();
          if (buffer.length > 0) socket.unshift(buffer);
          if (request.startsWith("exec:")) this.exec(socket, request.slice("exec:".length));
          else if (request === "sync:") receiveFile(socket, (path) => this.local(path));
        }
      }
    });
  }

  private local(text: string): string {
    return text.replaceAll("/data/local/tmp", this.path("").replace(/\/$/, ""));
  }

  private transport(serial: string): string {
    const state = this.devices.get(serial);
    if (state === "device") return "OKAY";
    if (state === undefined) return fail(`device '${serial}' not found`);
    return fail(
      state === "unauthorized"
        ? "device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set"
        : `device ${state}`,
    );
  }

  private list(): string {
    return okay([...this.devices].map(([serial, state]) => `${serial}\t${state}\n`).join(""));
  }

  private host(socket: Socket, request: string): void {
    const forward = /^host-serial:(.+):forward:tcp:0;(localabstract:.+)$/.exec(request);
    const killed = /killforward:tcp:(\d+)$/.exec(request)?.[1];
    if (request === "host:version") socket.write(okay(hex4(this.version)));
    else if (request === "host:devices") socket.end(this.list());
    else if (request === "host:track-devices") {
      this.trackers.add(socket);
      socket.write(this.list());
    } else if (request.endsWith(":list-forward")) {
      socket.write(okay([...this.forwards].map(([port, f]) => `${f.serial} tcp:${port} ${f.remote}\n`).join("")));
    } else if (forward?.[1] && forward[2]) this.forward(socket, forward[1], forward[2]);
    else if (killed !== undefined) {
      this.forwards.get(Number(killed))?.server.close();
      socket.write(
        this.forwards.delete(Number(killed)) ? "OKAYOKAY" : "OKAY" + fail(`listener 'tcp:${killed}' not found`),
      );
    } else socket.end(fail("unknown host service"));
  }

  private forward(socket: Socket, serial: string, remote: string): void {
    if (this.devices.get(serial) !== "device") return void socket.end(fail(`device '${serial}' not found`));
    const server = createServer((client) => {
      const abstract = connect({ path: "\0" + remote.slice("localabstract:".length) });
      for (const [one, other] of [[client, abstract] as const, [abstract, client] as const]) {
        this.sockets.add(one);
        one.on("error", () => undefined).on("close", () => (this.sockets.delete(one), other.destroy()));
        one.pipe(other);
      }
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      this.forwards.set(port, { serial, remote, server });
      socket.write("OKAY" + okay(String(port)));
    });
  }

  private dropForwards(serial: string): void {
    for (const [port, forward] of this.forwards) {
      if (forward.serial !== serial) continue;
      forward.server.close();
      this.forwards.delete(port);
    }
  }

  private exec(socket: Socket, command: string): void {
    socket.write("OKAY");
    const stub = [...this.commands].find(([key]) => command.includes(key))?.[1];
    if (stub !== undefined) {
      const { status, output } = typeof stub === "string" ? { status: 0, output: stub } : stub;
      socket.end(`${output}phonon-exit:${status}\n`);
      return;
    }
    const child = spawn("sh", ["-c", this.local(command)], { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => undefined);
    socket.pipe(child.stdin);
    child.stdout.pipe(socket, { end: false });
    child.stderr.pipe(socket, { end: false });
    child.on("close", () => socket.end());
  }
}
