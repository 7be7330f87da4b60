/** What adb and adbkit say when something fails, in words that say what to do. */
import { PhononError, hasCode, messageOf } from "../../base/errors.js";
import { remedies } from "./states.js";

interface Rule {
  says: RegExp;
  code: string;
  message: string;
}

const missing = "It is not plugged in: check the cable, and that USB debugging is on there.";

const rules: Rule[] = [
  { says: /unauthorized|still authorizing/, code: "device_unauthorized", message: remedies.unauthorized },
  { says: /insufficient permissions|no permissions/, code: "device_no_permission", message: remedies["no-permission"] },
  { says: /device offline/, code: "device_offline", message: remedies.offline },
  { says: /not found|no devices|unknown host service/, code: "device_missing", message: missing },
  {
    says: /closed/,
    code: "device_lost",
    message: "The device was unplugged or its adbd ended. Plug it in and try again.",
  },
  { says: /No space left/, code: "no_space", message: "Its storage is full. Delete something there and try again." },
];

/** PhononErrors and bugs pass through. */
export function explain(error: unknown, what: string): unknown {
  if (error instanceof PhononError || !(error instanceof Error)) return error;
  const said = messageOf(error);
  if (error.name === "FailError") {
    const rule = rules.find(({ says }) => says.test(said));
    if (rule) return new PhononError(rule.code, `${what} failed. ${rule.message}`, { cause: error });
    const detail = said.replace(/[^ -~]/g, "?").slice(0, 300);
    return new PhononError("adb_failed", `${what} failed: adb says ${detail}.`, { cause: error });
  }
  const broken = ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED"];
  if (error.name === "PrematureEOFError" || broken.some((code) => hasCode(error, code))) {
    return new PhononError(
      "device_lost",
      `${what} broke off: the device was unplugged or the adb server ended. Plug it in and try again.`,
      { cause: error },
    );
  }
  if (error.name === "UnexpectedDataError" || hasCode(error, "ECONNREFUSED")) {
    return new PhononError(
      "adb_failed",
      `${what} failed: what listens on the adb server's port is no adb server (${said}). ` +
        "Stop it, or set ANDROID_ADB_SERVER_PORT to another port.",
      { cause: error },
    );
  }
  return error;
}
