/** The states in which adb lists a device, as the states of a target. */
import type { TargetState } from "../target.js";

export const remedies: Record<Exclude<TargetState, "ready">, string> = {
  unauthorized: "Unlock the phone and accept its question whether to allow USB debugging from this computer.",
  offline:
    "Plug the cable out and in again; if it stays offline, turn USB debugging off and on, or run `adb reconnect`.",
  "no-permission":
    "This user may not open the USB device. Install its udev rules (`sudo apt-get install android-sdk-platform-tools-common`), " +
    "join the group plugdev, and plug the cable in again.",
  connecting: "Wait a moment: adb is still connecting to it.",
};

const notAndroid = "The phone is not in Android but in %s. Restart it (`adb reboot`) and plug it in again.";

export function targetState(adbState: string): { state: TargetState; remedy: string | null } {
  switch (adbState) {
    case "device":
    case "emulator":
      return { state: "ready", remedy: null };
    case "unauthorized":
      return { state: "unauthorized", remedy: remedies.unauthorized };
    case "authorizing":
    case "connecting":
    case "detached":
    case "host":
      return { state: "connecting", remedy: remedies.connecting };
    case "recovery":
    case "rescue":
    case "sideload":
    case "bootloader":
      return { state: "offline", remedy: notAndroid.replace("%s", adbState) };
    default:
      // "no permissions (missing udev rules? ...); see [http://...]"
      if (/^no ?perm/.test(adbState)) return { state: "no-permission", remedy: remedies["no-permission"] };
      return { state: "offline", remedy: remedies.offline };
  }
}
