/** Everything an agent says that is not an event: greeting, answers, errors, and its line on standard output. */
import { z } from "zod";
import { count, name, path, requestId, small, text } from "./bounds.js";
import { agentEvent } from "./events.js";
import { deviceFacts } from "./facts.js";

export const protocolVersion = 1;

/** The client's first line. */
export const hello = z.object({
  type: z.literal("hello"),
  protocol: small,
  token: z.string().regex(/^[0-9a-f]{16,128}$/),
  lease_s: z.number().min(5).max(3600),
});

export const greeting = z.object({
  type: z.literal("greeting"),
  protocol: small,
  version: name,
  build: name,
  engine: name,
  engine_build: name,
  pid: count,
  device: deviceFacts,
});

/** Answer to a request; its other fields are that request's result. */
export const okReply = z.looseObject({ type: z.literal("ok"), id: requestId });

/** Without an id it concerns the whole connection, which the agent then closes. */
export const errorReply = z.object({
  type: z.literal("error"),
  id: requestId.optional(),
  code: name,
  message: text,
});

export const reply = z.discriminatedUnion("type", [greeting, okReply, errorReply, agentEvent]);

/** Printed once on standard output when the agent's socket is bound. */
export const listening = z.object({ type: z.literal("listening"), socket: path, pid: count, version: name });

/** Printed by `--version`. */
export const versionReport = z.object({ version: name, build: name, protocol: small, engine: name });

/** The codes an agent of this version answers with; another version may have others. */
export const agentErrorCodes = [
  "malformed",
  "unauthorized",
  "protocol_version",
  "unknown_type",
  "bad_request",
  "busy",
  "not_loaded",
  "no_such_run",
  "file_missing",
  "file_invalid",
  "unsupported_architecture",
  "unsupported_quantisation",
  "unsupported_model",
  "budget_too_small",
  "pack_version",
  "pack_corrupt",
  "no_space",
  "context_too_large",
  "prompt_too_long",
  "out_of_memory",
  "io_error",
  "cancelled",
  "internal",
] as const;

export type Hello = z.output<typeof hello>;
export type Greeting = z.output<typeof greeting>;
export type OkReply = z.output<typeof okReply>;
export type ErrorReply = z.output<typeof errorReply>;
export type Reply = z.output<typeof reply>;
export type Listening = z.output<typeof listening>;
export type AgentErrorCode = (typeof agentErrorCodes)[number];
