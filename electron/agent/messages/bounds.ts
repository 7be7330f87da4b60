/**
 * The building blocks of the message schemas. An agent is a foreign program: every number is finite and in range,
 * every string and array has a longest length, so that nothing it says can make this side store without end.
 */
import { z } from "zod";

/** Non-negative integer that a double holds exactly: bytes, tokens, reads, Unix milliseconds. */
export const count = z.number().int().min(0);
/** A small integer such as a core, a layer or a thread count. */
export const small = z.number().int().min(0).max(1_048_576);
export const tokenId = z.number().int().min(-1).max(2_147_483_647);
/** Milliseconds of a duration; 10^10 ms are 115 days. */
export const milliseconds = z.number().min(0).max(1e10);
export const mhz = z.number().min(0).max(100_000);
export const real = z.number();
/** Megabyte-sized lines bound every text; this is the longest one that is a name, not a text. */
export const name = z.string().max(1024);
export const path = z.string().max(4096);
/** Prose: prompts, generated text, error messages. */
export const text = z.string().max(1_048_576);

/** Chosen by the client; also a folder name, so nothing but letters, digits, "_" and "-". */
export const runId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
/** Number of an event in its run; the first one is 1. */
export const sequenceNumber = z.number().int().min(1);
export const requestId = z.number().int().min(0).max(4_294_967_295);

export const cores = z.array(z.number().int().min(-1).max(4095)).max(4096);
export const tokens = z.array(tokenId).max(262_144);
