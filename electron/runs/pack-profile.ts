/** What a pack's profile says of its neurons, read by an agent where the pack lies. */
import type { PackProfile } from "../agent/messages.js";
import { PhononError } from "../base/errors.js";
import { realWorld, type World } from "./prepare.js";

export async function readPackProfile(
  { target: id, name }: { target: string; name: string },
  world: Pick<World, "openTarget"> = realWorld,
): Promise<PackProfile> {
  const target = await world.openTarget(id);
  const path = await target.packPath(name);
  const session = await target.openAgent({ engine: "phonon" });
  try {
    return (await session.request<"pack_profile">({ type: "pack_profile", pack: path })).profile;
  } catch (error) {
    if (!(error instanceof PhononError) || error.code !== "file_missing") throw error;
    throw new PhononError(
      "file_missing",
      `The pack is not on ${id} any more. The next run that needs it makes it again.`,
      {
        cause: error,
      },
    );
  } finally {
    await session.close();
  }
}
