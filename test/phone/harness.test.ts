/** The virtual phone itself: what adb sees of it and of its faults, and that nothing of it is left behind. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listBinfmt } from "./harness/binfmt.js";
import { isRunning, listProcesses, type Output, repoRoot, run, stateFolder, until } from "./harness/host.js";
import { packsFolder } from "./harness/machine.js";
import { sweep } from "./harness/registry.js";
import { phoneFolder } from "./harness/rootfs.js";
import { adbServersOn, type Made } from "./harness/undo.js";
import { describePhones } from "./harness/suite.js";
import { adbServer, type Phone, sleep, startPhone, stopPhones } from "./phone.js";

interface Started {
  pid: number;
  port: number;
  phones: { target: string; init: number; folder: string }[];
}

/** What the whole machine has that phones could leave; links of other test processes aside. */
function machine(): Record<string, string[]> {
  const claimed = new Set(readdirSync("/run").includes("phonon-phones") ? readdirSync(stateFolder) : []);
  const cgroups = readdirSync("/sys/fs/cgroup").flatMap((controller) => {
    const path = join("/sys/fs/cgroup", controller);
    return existsSync(join(path, "cgroup.procs")) ? readdirSync(path).filter((n) => n.startsWith("phonon-phone")) : [];
  });
  const loops = readdirSync("/sys/block").flatMap((name) => {
    const file = `/sys/block/${name}/loop/backing_file`;
    return existsSync(file) && readFileSync(file, "utf8").includes(phoneFolder) ? [name] : [];
  });
  return {
    mounts: readFileSync("/proc/mounts", "utf8").split("\n"),
    namespaces: existsSync("/run/netns") ? readdirSync("/run/netns") : [],
    links: readdirSync("/sys/class/net").filter((n) => /^vph/.test(n) && !claimed.has(`subnet-${n.slice(3)}`)),
    cgroups,
    loops,
  };
}

const withDisk = "packsDiskBytes: 64 << 20, memoryBytes: 256 << 20";
/** For another harness: starts a phone with these options, says so, and then does something. */
const startOne = (options: string, then: string): string =>
  `import { runnerImport } from "vite";
   const { module } = await runnerImport("./test/phone/phone.ts", { logLevel: "error", configFile: false });
   const phone = await module.startPhone({ ${options} });
   console.log(JSON.stringify({ pid: process.pid }));
   ${then}`;

/** A process of its own with phones, as a test run is. It reports in one line. */
function otherHarness(words: string[], script?: string): Promise<Started> {
  const args = script ? ["--input-type=module", "-e", script] : ["test/phone/up.mjs", "--json"];
  const command = ["--pdeathsig", "KILL", process.execPath, ...args, ...words];
  const child = spawn("setpriv", command, { cwd: repoRoot, stdio: ["ignore", "pipe", "ignore"] });
  child.unref();
  const lines = createInterface(child.stdout);
  return new Promise((started, failed) => {
    lines.once("line", (line) => started(JSON.parse(line) as Started));
    lines.once("close", () => failed(new Error("the other harness ended before it had a phone")));
  });
}

function madeBy(pid: number): Made[] {
  const owner = readdirSync(stateFolder).find((name) => name.startsWith(`${pid}-`)) ?? "";
  const folder = join(stateFolder, owner);
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Made);
}

function remains(made: Made): boolean {
  switch (made.kind) {
    case "process":
      return isRunning(made.pid, made.startTime);
    case "adb-server":
      return adbServersOn(made.port).length > 0;
    case "link":
      return existsSync(`/sys/class/net/${made.name}`);
    case "binfmt":
      return listBinfmt().includes("phonon-aarch64") && !otherUsersOfBinfmt();
    default:
      return existsSync(made.path);
  }
}

function otherUsersOfBinfmt(): boolean {
  const owners = existsSync(stateFolder) ? readdirSync(stateFolder).filter((name) => /^\d+-/.test(name)) : [];
  return owners.some((owner) => readdirSync(join(stateFolder, owner)).some((file) => file.endsWith("-binfmt.json")));
}

const gone = (pid: number): boolean => listProcesses().every((p) => p.pid !== pid || p.state === "Z");

describePhones("virtual phone: nothing is left", () => {
  afterAll(stopPhones);

  test("after SIGTERM", async () => {
    const before = machine();
    const { pid } = await otherHarness(["x86_64", "arm64-v8a"]);
    const made = madeBy(pid);
    expect(made.map((m) => m.kind)).toEqual(
      expect.arrayContaining(["process", "adb-server", "link", "folder", "binfmt"]),
    );
    expect(made.filter((m) => m.kind !== "binfmt" && !remains(m))).toEqual([]);
    expect(listBinfmt()).not.toEqual([]);
    process.kill(pid, "SIGTERM");
    await until("the harness to end", () => gone(pid));
    expect(made.filter(remains)).toEqual([]);
    expect(machine()).toEqual(before);
  });

  test("after an uncaught error", async () => {
    const before = machine();
    const wrong = `setTimeout(() => { throw new Error("as a test that goes wrong"); }, 500);`;
    const { pid } = await otherHarness([], startOne(withDisk, wrong));
    const made = madeBy(pid);
    expect(made.map((m) => m.kind)).toContain("cgroup");
    expect(machine()["loops"]).toHaveLength(before["loops"]!.length + 1);
    await until("the harness to end", () => gone(pid));
    expect(made.filter(remains)).toEqual([]);
    await expect.poll(machine).toEqual(before); // the kernel lets go of a disk a moment after its last user
  });

  test("after kill -9 while its disk hangs, and the next process's sweep", async () => {
    const before = machine();
    const file = `${packsFolder}/x`;
    const hang = `await phone.shell("head -c 2000000 /dev/zero > ${file} && sync ${file}");
      phone.limitDisk(1);
      await phone.shell("dd if=${file} of=/dev/null iflag=direct bs=4k");`;
    const { pid } = await otherHarness([], startOne(withDisk, hang));
    await sleep(1000); // a read waits by then, and who waits for it cannot be killed
    process.kill(pid, "SIGKILL");
    await until("the harness to end", () => gone(pid));
    sweep();
    await expect.poll(machine).toEqual(before);
  });

  test("after kill -9 and the next process's sweep", async () => {
    const before = machine();
    const { pid, phones } = await otherHarness(["x86_64", "arm64-v8a"]);
    const made = madeBy(pid);
    process.kill(pid, "SIGKILL");
    // What runs dies with its harness at once; files are left.
    await until("the phones to end", () => phones.every(({ init }) => gone(init)));
    expect(made.filter(remains).length).toBeGreaterThan(0);
    const swept = sweep();
    expect(swept).toHaveLength(made.length);
    expect(made.filter(remains)).toEqual([]);
    expect(machine()).toEqual(before);
    expect(sweep()).toEqual([]);
  });
});

describePhones("virtual phone: faults as adb sees them", () => {
  let phone: Phone;
  const state = async (): Promise<string | undefined> => (await adbServer()).state(phone.serial);

  beforeAll(async () => {
    phone = await startPhone({ storageBytes: 32 << 20, memoryBytes: 128 << 20 });
  });
  afterAll(stopPhones);

  test("it answers Android's commands through adb", async () => {
    const server = await adbServer();
    const shell = async (command: string): Promise<string> =>
      (await server.adb(["-s", phone.serial, "shell", command])).stdout.trim();
    expect(await shell("getprop ro.product.cpu.abi")).toBe("x86_64");
    expect(await shell("getprop ro.none given")).toBe("given");
    expect(await shell("getprop")).toContain("[ro.soc.model]: [VX86]");
    expect(await shell("setprop a.b c=d && getprop a.b")).toBe("c=d");
    expect(await shell("dumpsys battery")).toContain("level: 84");
    phone.tell((facts) => (facts.battery.percent = 9));
    expect(await shell("dumpsys battery")).toContain("level: 9");
    expect(await shell(`ls -d '${repoRoot}' 2>/dev/null`)).toBe(""); // it sees nothing of this machine's disk
  });

  test("unplugged, offline, unauthorized, plugged in again", async () => {
    await phone.unplug();
    expect(await state()).toBeUndefined();
    await phone.replug();
    expect(await state()).toBe("device");
    await phone.unplug({ offline: true });
    expect(await state()).toBe("offline");
    await phone.unauthorize();
    expect(await state()).toBe("unauthorized");
    await phone.authorize();
    expect(await state()).toBe("device");
  });

  test("what runs in it outlives an unplug and not a reboot", async () => {
    const server = await adbServer();
    await server.adb(["-s", phone.serial, "shell", "setsid sleep 12345 </dev/null >/dev/null 2>&1 &"]);
    const sleeps = (): number => phone.processes().filter(({ command }) => command.includes("12345")).length;
    expect(sleeps()).toBe(1);
    await phone.unplug();
    expect(sleeps()).toBe(1);
    await phone.replug();
    const boot = await phone.shell("cat /proc/sys/kernel/random/boot_id; echo kept > /etc/kept");
    await phone.reboot();
    expect(sleeps()).toBe(0);
    const again = await phone.shell("cat /proc/sys/kernel/random/boot_id; cat /etc/kept");
    expect(again.stdout).toContain("kept");
    expect(again.stdout.slice(0, 36)).not.toBe(boot.stdout.slice(0, 36));
  });

  test("a link that hangs: adb goes on saying device, and nothing answers", async () => {
    const server = await adbServer();
    await phone.hang();
    const { code } = await server.adb(["-s", phone.serial, "shell", "echo", "x"], 1500);
    expect(code).toBe(-1);
    expect(await state()).toBe("device");
    await phone.unhang();
    await until("an answer", async () => (await server.adb(["-s", phone.serial, "shell", "echo x"], 3000)).code === 0);
  });

  test("a full disk, a slow link, a limit of memory", async () => {
    phone.fillStorage(1 << 20);
    const full = await phone.shell("head -c 2000000 /dev/zero > /data/local/tmp/x");
    expect(full.stderr).toMatch(/no space left/i);
    await phone.restore();
    expect((await phone.shell("head -c 2000000 /dev/zero > /data/local/tmp/x")).code).toBe(0);

    await phone.limitLink(40);
    const begun = Date.now();
    await run("adb", ["-s", phone.serial, "push", phone.path("/data/local/tmp/x"), "/data/local/tmp/y"]);
    await phone.limitLink(undefined);
    expect(Date.now() - begun).toBeGreaterThan(250); // 16 Mbit, less a burst, at 40 Mbit/s

    const hog = await phone.shell("head -c 300000000 /dev/zero | tail -c 300000000 | wc -c");
    expect(hog.stdout.trim()).not.toBe("300000000");
    expect(phone.machine.memory?.peak()).toBeGreaterThan(100 << 20);
  });

  test("a disk of its own for packs, slow, broken, and as new", async () => {
    const other = await startPhone({ packsDiskBytes: 64 << 20 });
    const file = `${packsFolder}/x`;
    const read = (): Promise<Output> => other.shell(`dd if=${file} of=/dev/null iflag=direct bs=4k count=32 skip=256`);
    const timed = async (): Promise<number> => {
      const begun = Date.now();
      expect(await read()).toMatchObject({ code: 0 });
      return Date.now() - begun;
    };
    expect(await other.shell(`head -c 2000000 /dev/zero > ${file} && sync ${file}`)).toMatchObject({ code: 0 });
    other.limitDisk(64 << 10);
    expect(await timed()).toBeGreaterThan(1500); // 128 KiB at 64 KiB/s
    other.limitDisk(undefined);
    expect(await timed()).toBeLessThan(1500);
    other.cutDisk(1 << 20);
    expect((await read()).stderr).toMatch(/input\/output error/i);
    await other.restore();
    expect((await other.shell(`ls ${packsFolder}`)).stdout).toBe("");
    expect((await other.shell(`head -c 70000000 /dev/zero > ${file}`)).stderr).toMatch(/no space left/i);
    await other.stop();
  });

  test("where the disk carries no overlay, the root folder is copied", async () => {
    const copy = await startPhone({ copyRoot: true });
    expect((await copy.shell("cat /proc/mounts")).stdout).not.toMatch(/^overlay/m);
    expect((await copy.shell("getprop ro.product.cpu.abi")).stdout.trim()).toBe("x86_64");
    await copy.stop();
    expect(existsSync(copy.machine.folder)).toBe(false);
  });
});
