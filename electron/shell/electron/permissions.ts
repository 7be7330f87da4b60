/**
 * The page needs no camera, no place, no notifications: permissions are denied, without asking anybody. The one
 * exception: it may put a chart's image on the clipboard, after a click. What others put there it may not read.
 */
import { session } from "electron";
import { APP_ORIGIN } from "./scheme.js";

const COPY = "clipboard-sanitized-write";
const isOurs = (url: string) => url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`);

export function setupPermissions(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_contents, permission, decide, { requestingUrl }) =>
    decide(permission === COPY && isOurs(requestingUrl)),
  );
  defaultSession.setPermissionCheckHandler((_contents, permission, origin) => permission === COPY && isOurs(origin));
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.on("will-download", (event) => event.preventDefault());
}
