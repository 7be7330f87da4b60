/**
 * The agent's protocol, version 1: JSON lines in UTF-8, at most 1 MiB each. Every message is declared once, as a
 * schema, in messages/; literal samples that both this side and the C++ side must understand are in test/protocol/.
 */
export * from "./messages/events.js";
export * from "./messages/facts.js";
export * from "./messages/heat.js";
export * from "./messages/profile.js";
export * from "./messages/replies.js";
export * from "./messages/requests.js";
export * from "./messages/timeline.js";
