/** The browser shell as strangers meet it: raw requests, without a browser's good manners. */
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, request, type IncomingHttpHeaders } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowserShell, type BrowserShell } from "../../../electron/shell/browser.js";
import { FakeSide } from "../ipc/fake-side.js";

let folder: string;
let shell: BrowserShell;
let token: string;
const log: string[] = [];

const start = (port?: number) =>
  startBrowserShell({
    side: new FakeSide(),
    open: false,
    assets: join(folder, "renderer"),
    log: (line) => log.push(line),
    ...(port !== undefined && { port }),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phonon-shell-"));
  await mkdir(join(folder, "renderer/assets"), { recursive: true });
  await writeFile(join(folder, "renderer/index.html"), "<!doctype html><title>UI</title>");
  await writeFile(join(folder, "renderer/assets/main-1a2b.js"), "export {};");
  await writeFile(join(folder, "renderer/assets/main-1a2b.js.map"), "{}");
  await writeFile(join(folder, "secret.html"), "secret");
  shell = await start();
  token = new URL(shell.url).searchParams.get("token") ?? "";
});

afterAll(async () => {
  await shell.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: shell.port, path, method, headers }, (response) => {
      let body = "";
      response.on("data", (chunk) => (body += String(chunk)));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** What is sent byte by byte, for requests that node's client would not make. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(shell.port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => (answer += String(chunk)));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

const cookie = () => ({ cookie: `phonon-${shell.port}=${token}` });

describe("browser shell: the token", () => {
  it("in the URL opens the page and is turned into a cookie that no other site and no script can use", async () => {
    const answer = await get(`/?token=${token}`);
    expect(answer.status).toBe(200);
    expect(answer.headers["set-cookie"]).toEqual([`phonon-${shell.port}=${token}; Path=/; HttpOnly; SameSite=Strict`]);
  });

  it.each([
    ["missing", "/"],
    ["empty", "/?token="],
    ["wrong", "/?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    ["of another path", "/assets/main-1a2b.js?token=TOKEN"],
  ])("%s is refused, and the answer says what to do", async (_what, path) => {
    const answer = await get(path.replace("TOKEN", token));
    expect(answer.status).toBe(401);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(answer.body).toContain("address that Phonon printed");
  });

  it("in a cookie opens the page and its assets", async () => {
    expect((await get("/", cookie())).status).toBe(200);
    const script = await get("/assets/main-1a2b.js", cookie());
    expect([script.status, script.headers["content-type"]]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect(script.headers["cache-control"]).toContain("immutable");
    expect((await get("/", { cookie: `phonon-1=${token}` })).status).toBe(401);
    expect((await get("/", { cookie: `phonon-${shell.port}=x; other=${token}` })).status).toBe(401);
  });

  it("is long, random, and another one each time", async () => {
    const other = await start();
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(new URL(other.url).searchParams.get("token")).not.toBe(token);
    await other.close();
  });
});

describe("browser shell: host and origin", () => {
  it.each(["evil.example", "evil.example:7333", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0:7333"])(
    "a rebound name is refused: %s",
    async (host) => {
      const answer = await get(`/?token=${token}`, { host });
      expect([answer.status, answer.headers["set-cookie"]]).toEqual([403, undefined]);
    },
  );

  it("no name is refused", async () => {
    expect(await raw(`GET /?token=${token} HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 403 /,
    );
  });

  it("other pages' requests are refused", async () => {
    for (const origin of ["http://evil.example", "null", `http://127.0.0.1:${shell.port + 1}`, "https://127.0.0.1"]) {
      expect((await get("/", { ...cookie(), origin })).status).toBe(403);
    }
    expect((await get("/", { ...cookie(), origin: `http://127.0.0.1:${shell.port}` })).status).toBe(200);
  });

  it("a forwarded port under its own number is fine", async () => {
    expect((await get("/", { ...cookie(), host: "localhost:9000", origin: "http://localhost:9000" })).status).toBe(200);
  });

  it("listens on loopback only", async () => {
    expect(shell.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    const reachable = await new Promise((resolve) => {
      const socket = connect(shell.port, "127.0.0.2", () => resolve(true));
      socket.on("error", () => resolve(false));
    });
    expect(reachable).toBe(false);
  });
});

describe("browser shell: files", () => {
  it.each([
    "/../secret.html",
    "/..%2fsecret.html",
    "/%2e%2e/secret.html",
    "/assets/../../secret.html",
    "//secret.html",
    "/assets/main-1a2b.js.map",
    "/assets",
    "/assets/",
    "/index.html%00.js",
    "/C:\\secret.html",
  ])("nothing outside the built UI is served: %s", async (path) => {
    const answer = await raw(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: phonon-${shell.port}=${token}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).not.toContain("secret");
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])("%s is refused", async (method) => {
    expect((await get("/", cookie(), method)).status).toBe(405);
  });

  it("HEAD is answered without a body", async () => {
    const answer = await get("/", cookie(), "HEAD");
    expect([answer.status, answer.body, answer.headers["content-length"]]).toEqual([200, "", "32"]);
  });

  it("headers of 20 KB are refused", async () => {
    expect((await get("/", { ...cookie(), x: "x".repeat(20_000) })).status).toBe(431);
  });
});

describe("browser shell: headers", () => {
  it.each([
    ["a page", () => `/?token=${token}`],
    ["a refusal", () => "/"],
  ])("%s carries the content policy and its companions", async (_what, path) => {
    const { headers } = await get(path());
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    });
  });
});

describe("browser shell: the port", () => {
  it("that is asked for and taken is a clear error", async () => {
    await expect(start(shell.port)).rejects.toMatchObject({
      code: "port_in_use",
      message: expect.stringContaining(`Port ${shell.port} on 127.0.0.1 is in use`) as string,
    });
  });

  it("is the next free one when none is asked for", async () => {
    const other = await start();
    expect(other.port).not.toBe(shell.port);
    await other.close();
  });

  it("that is free is taken as asked", async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const other = await start(port);
    expect(other.port).toBe(port);
    await other.close();
  });
});

it("browser shell: says what to do when the UI was not built", async () => {
  const assets = join(folder, "nothing");
  await expect(startBrowserShell({ side: new FakeSide(), open: false, assets })).rejects.toMatchObject({
    code: "not_built",
  });
});

it("browser shell: prints the address with its token", () => {
  expect(log[0]).toBe(`Phonon is at ${shell.url}`);
});
