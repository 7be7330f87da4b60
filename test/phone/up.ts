import { adbServer, canRunPhones, startPhone } from "./phone.js";

const able = canRunPhones();
if (!able.ok) {
  console.error(able.reason);
  process.exit(1);
}

const words = process.argv.slice(2);
const json = words.includes("--json");
const abis = words.filter((word) => word === "x86_64" || word === "arm64-v8a");
const phones = [];
for (const abi of abis.length > 0 ? abis : (["x86_64"] as const)) phones.push(await startPhone({ abi }));
const { port } = await adbServer();

if (json) {
  const list = phones.map((phone) => ({
    target: phone.targetId,
    init: phone.machine.initPid,
    folder: phone.machine.folder,
  }));
  console.log(JSON.stringify({ pid: process.pid, port, phones: list }));
} else {
  console.log(`export ANDROID_ADB_SERVER_PORT=${port}`);
  for (const phone of phones) console.log(`${phone.facts.abi}: --target ${phone.targetId}`);
  console.log("Ctrl-C takes everything down.");
}
setInterval(() => undefined, 1 << 30); // phones live as long as this process
