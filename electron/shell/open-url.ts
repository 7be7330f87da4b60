/** Opens a URL in the user's browser, where there is one to open. */
import { spawn } from "node:child_process";

/** Why no browser is opened, or undefined. */
export function noBrowserReason(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | undefined {
  if (env.CI !== undefined && env.CI !== "" && env.CI !== "false") return "running in CI";
  if (env.SSH_CONNECTION !== undefined && platform !== "win32") return "this is an SSH session";
  if (platform === "linux" && !env.DISPLAY && !env.WAYLAND_DISPLAY) return "there is no display";
  return undefined;
}

export function openCommand(url: string, platform: NodeJS.Platform): [program: string, args: string[]] {
  if (platform === "darwin") return ["open", [url]];
  if (platform === "win32") return ["rundll32", ["url.dll,FileProtocolHandler", url]]; // no shell reads the URL
  return ["xdg-open", [url]];
}

/** Resolves to whether the opener could be started. */
export function openUrl(url: string): Promise<boolean> {
  const [program, args] = openCommand(url, process.platform);
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
