/** Where the adb program is. It is needed only to start the adb server. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** The adb in PATH, else that of an Android SDK in its usual places; null: there is none. */
export function findAdb(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string | null {
  const file = platform === "win32" ? "adb.exe" : "adb";
  const inPath = (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const sdks = [env["ANDROID_HOME"], env["ANDROID_SDK_ROOT"], usualSdk(env, platform)].filter(
    (sdk) => sdk !== undefined,
  );
  const folders = [...inPath, ...sdks.map((sdk) => join(sdk, "platform-tools"))];
  return folders.map((folder) => join(folder, file)).find((path) => existsSync(path)) ?? null;
}

function usualSdk(env: NodeJS.ProcessEnv, platform: string): string | undefined {
  if (platform === "darwin") return join(homedir(), "Library", "Android", "sdk");
  if (platform === "win32") return env["LOCALAPPDATA"] && join(env["LOCALAPPDATA"], "Android", "Sdk");
  return join(homedir(), "Android", "Sdk");
}

export function installAdb(platform: string = process.platform): string {
  if (platform === "darwin") return "Install it with `brew install android-platform-tools`";
  if (platform === "win32") return "Install it with `winget install Google.PlatformTools`";
  return "Install it with `sudo apt-get install adb`";
}
