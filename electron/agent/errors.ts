/** Errors of sessions and targets; the codes an agent itself can answer with are in messages/replies.ts. */
export { PhononError, hasCode, messageOf } from "../base/errors.js";
