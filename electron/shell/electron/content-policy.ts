/** Requests of the page to anything but its own scheme are stopped, below the content policy that the page carries. */
import { session } from "electron";
import { APP_ORIGIN } from "./scheme.js";

export function setupContentPolicy(): void {
  session.defaultSession.webRequest.onBeforeRequest((details, decide) => {
    decide({ cancel: !isOwn(details.url) });
  });
}

/** Exported for tests. DevTools load from devtools:; they open only when a developer asks for them. */
export function isOwn(url: string): boolean {
  return url.startsWith(`${APP_ORIGIN}/`) || url.startsWith("devtools://") || url.startsWith("data:image/");
}
