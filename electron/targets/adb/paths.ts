/** Everything Phonon keeps on a phone. Names are made of hashes and fixed words. */
import { lastWordsFile } from "../last-words.js";
import { checkPackName } from "../pack-name.js";
import { assertWord } from "./shell-text.js";

/** The folder that adb's shell may write to and run programs from on every phone. */
export const writable = "/data/local/tmp";
export const root = `${writable}/phonon`;
export const binFolder = `${root}/bin`;
export const modelsFolder = `${root}/models`;
export const sessionsFolder = `${root}/sessions`;

export const packsFolder = `${root}/packs`;

const isHash = /^[0-9a-f]{64}$/;
const isNonce = /^[0-9a-f]{16,64}$/;

export function agentPath(sha256: string, name: string): string {
  if (!isHash.test(sha256) || !/^[a-z0-9-]{1,40}$/.test(name)) throw new Error(`no agent's name: ${sha256} ${name}`);
  return assertWord(`${binFolder}/${sha256.slice(0, 12)}-${name}`);
}

export function modelPath(sha256: string): string {
  if (!isHash.test(sha256)) throw new Error(`no SHA-256: ${sha256}`);
  return assertWord(`${modelsFolder}/${sha256}.gguf`);
}

export const packPath = (name: string): string => assertWord(`${packsFolder}/${checkPackName(name)}`);

/** Folder of one agent's spool; its name is also that of the agent's socket. */
export function sessionPath(nonce: string): string {
  if (!isNonce.test(nonce)) throw new Error(`no nonce: ${nonce}`);
  return assertWord(`${sessionsFolder}/${nonce}`);
}

export const lastWordsPath = (nonce: string): string => assertWord(`${sessionPath(nonce)}/${lastWordsFile}`);
