import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkSerial, withConnection, withService } from "../../../../electron/targets/adb/connection.js";
import { checkServer } from "../../../../electron/targets/adb/version.js";
import { codeOf } from "../codes.js";
import { FakeAdb, okay } from "../fake-adb.js";

let adb: FakeAdb;
let folder: string;

beforeEach(async () => {
  adb = await FakeAdb.start();
  folder = await mkdtemp(join(tmpdir(), "phonon-path-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await adb.stop();
  await rm(folder, { recursive: true });
});

/** Makes `adb` a shell script and the only thing in PATH. */
async function installAdb(script: string): Promise<void> {
  vi.stubEnv("PATH", folder);
  vi.stubEnv("ANDROID_HOME", folder);
  vi.stubEnv("ANDROID_SDK_ROOT", folder);
  vi.stubEnv("HOME", folder);
  await writeFile(join(folder, "adb"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, "adb"), script === "" ? 0o644 : 0o755);
}

describe("the adb server", () => {
  it("is asked for its version", async () => {
    expect(await checkServer()).toBe(41);
  });

  it("is refused when it is too old", async () => {
    adb.version = 31;
    await expect(checkServer()).rejects.toThrow("Update Android's platform-tools");
  });

  it("is started when it is not running, once for all who ask", async () => {
    await adb.kill();
    const mark = join(folder, "asked");
    await installAdb(`echo "$@" >> ${mark}; while [ ! -e ${folder}/ready ]; do /bin/sleep 0.05; done`);
    const versions = Promise.all([checkServer(), checkServer()]);
    const { readFile } = await import("node:fs/promises");
    await expect.poll(() => readFile(mark, "utf-8").catch(() => "")).toBe(`-P ${adb.port} start-server\n`);
    await adb.listen();
    await writeFile(join(folder, "ready"), "");
    expect(await versions).toEqual([41, 41]);
  });

  it("is missed with what to do when there is no adb either", async () => {
    await adb.kill();
    await installAdb("");
    await rm(join(folder, "adb"));
    const error = await checkServer().catch((e: unknown) => e as Error);
    expect(error).toMatchObject({ code: "adb_missing" });
    expect(String(error)).toMatch(/Install it with/);
  });

  it("is missed with adb's own words when it does not start", async () => {
    await adb.kill();
    await installAdb('echo "could not install *smartsocket* listener" >&2; exit 1');
    await expect(checkServer()).rejects.toThrow("smartsocket");
    await installAdb("");
    expect(await codeOf(checkServer())).toBe("adb_failed"); // not executable
  });

  it("may not be where something else listens", async () => {
    for (const words of ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", "OKAY0004none"]) {
      adb.intercept = (socket) => {
        socket.end(words);
        return true;
      };
      await expect(checkServer()).rejects.toThrow("no adb server");
    }
  });

  it.each(["0", "65536", "adb"])("is not looked for on port %s", async (port) => {
    vi.stubEnv("ANDROID_ADB_SERVER_PORT", port);
    await expect(checkServer()).rejects.toThrow("no port number");
  });
});

describe("an operation", () => {
  const operation = { what: "Trying", ms: 150 };

  it("ends when the server is silent", async () => {
    adb.intercept = () => true;
    await expect(codeOf(withService("A1", "exec:true", operation, () => Promise.resolve()))).resolves.toBe(
      "adb_silent",
    );
  });

  it("ends when its caller gives up, and lets go of its connection", async () => {
    let sockets = 0;
    adb.intercept = (socket) => {
      sockets++;
      socket.on("close", () => sockets--);
      return true;
    };
    const signal = AbortSignal.timeout(100);
    await expect(
      withService("A1", "exec:true", { what: "Trying", ms: 60_000, signal }, () => Promise.resolve()),
    ).rejects.toThrow("timeout");
    await expect.poll(() => sockets).toBe(0);
  });

  it("ends when the connection breaks", async () => {
    adb.intercept = (socket) => {
      socket.destroy();
      return true;
    };
    expect(await codeOf(withService("A1", "exec:true", operation, () => Promise.resolve()))).toBe("device_lost");
  });

  it("ends on an answer that makes no sense", async () => {
    adb.intercept = (socket) => socket.write("WHAT");
    expect(await codeOf(withService("A1", "exec:true", operation, () => Promise.resolve()))).toBe("adb_failed");
  });

  it.each([
    ["unauthorized", "device_unauthorized", "accept its question"],
    ["offline", "device_offline", "Plug the cable"],
    [null, "device_missing", "not plugged in"],
  ])("says what to do with a phone that is %s", async (state, code, words) => {
    adb.setDevice("A1", state);
    const tried = withService("A1", "exec:true", operation, () => Promise.resolve());
    await expect(tried).rejects.toThrow(words);
    await expect(tried).rejects.toMatchObject({ code });
  });

  it("gives a bug's error as it is", async () => {
    const bug = new TypeError("x is not a function");
    await expect(withConnection(operation, () => Promise.reject(bug))).rejects.toBe(bug);
  });

  it("passes results on", async () => {
    adb.intercept = (socket, _, service) => service === "host:mdns" && socket.write(okay("none"));
    expect(await withConnection(operation, () => Promise.resolve(7))).toBe(7);
  });
});

describe("serial numbers", () => {
  it.each(["R5CT20ABCDE", "10.77.0.2:5555", "emulator-5554", "adb-1A2B._adb-tls-connect._tcp", "[fe80::1%eth0]:5555"])(
    "%s is one",
    (serial) => {
      expect(checkSerial(serial)).toBe(serial);
    },
  );

  it.each(["", "a b", "a;b", "a\nb", "a/b", "$(x)", "é", "x".repeat(129)])("%j is none", (serial) => {
    expect(() => checkSerial(serial)).toThrow("no device's serial number");
  });
});
