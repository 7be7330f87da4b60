/** Names of packs on targets: HASH.pack, or HASH-ACTIVATION.pack where the model's own activation was overridden. */

export const packName = (sha256: string, activation: string | undefined): string =>
  checkPackName(`${sha256}${activation === undefined ? "" : `-${activation}`}.pack`);

/** Names go into paths and shell commands. */
export function checkPackName(name: string): string {
  if (!/^[0-9a-f]{64}(-[a-z0-9]{1,16})?\.pack$/.test(name)) throw new Error(`no pack's name: ${name}`);
  return name;
}

/** A pack, and what a packing leaves that was killed: half a pack, and how far it was. */
export const packFiles = (path: string): string[] => [path, `${path}.part`, `${path}.state`, `${path}.state.part`];
