// Brings up virtual phones for trying things by hand, until Ctrl-C. As root:
//
//   node test/phone/up.mjs [x86_64|arm64-v8a ...] [--json]
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

await runnerImport(fileURLToPath(new URL("./up.ts", import.meta.url)), { logLevel: "error", configFile: false });
