/** Streams to an agent's abstract socket through a forwarded port. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Dialer } from "../../agent/link.js";
import { PhononError } from "../../base/errors.js";
import { findForward, forward } from "./forward.js";
import { lastWords } from "../last-words.js";
import { agentLives, readLastWords, socketName } from "./start-agent.js";

export function agentDialer(serial: string, nonce: string, pid: number): Dialer {
  let first = true;
  return async (signal) => {
    // An unplugged phone loses its forwards and may get another agent's port, so the way is looked up every time.
    const name = socketName(nonce);
    const port = (first ? null : await findForward(serial, name, signal)) ?? (await forward(serial, name, signal));
    if (!first && !(await agentLives(serial, pid, signal))) {
      const words = await lastWords(() => readLastWords(serial, nonce, signal));
      throw (
        words ??
        new PhononError(
          "agent_gone",
          `The agent on ${serial} has ended: the phone restarted, or its system killed the agent, most often for want ` +
            "of memory. Choose a smaller model or context, or close apps.",
        )
      );
    }
    first = false;
    return connectLoopback(port, signal);
  };
}

function connectLoopback(port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const onAbort = (): void => void socket.destroy(new Error("cancelled"));
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
