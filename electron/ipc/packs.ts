/** Packs of a model: which ones were made from here, and what one of them says of its neurons. */
import type { Accepted, PackEntry, Response } from "./contract.js";
import type { Occupied } from "./occupied.js";
import type { ControlSide } from "./side.js";

export async function packsOf(side: ControlSide, { path }: Accepted<"models.packs">): Promise<PackEntry[]> {
  const records = await side.listPacks(path);
  return records
    .map(({ target, name, packed_at, bytes, profile, predictor, quality, options }) => ({
      ...{ target, name, packedAt: packed_at, bytes, profile },
      predictor: { letThrough: predictor.let_through, recall: predictor.recall, energy: predictor.energy },
      requantise: options.requantise,
      quality: quality ? { klMean: quality.kl_mean, top1Agreement: quality.top1_agreement } : null,
      activation: options.activation,
    }))
    .sort((a, b) => (a.target === b.target ? (a.packedAt < b.packedAt ? 1 : -1) : a.target < b.target ? -1 : 1));
}

/** The target is taken for it: beside a run it would be measured with it. */
export async function packProfileOf(
  side: ControlSide,
  occupied: Occupied,
  request: Accepted<"models.packProfile">,
): Promise<Response<"models.packProfile">> {
  const release = occupied.take(request.target, "look into a pack");
  try {
    return await side.readPackProfile(request);
  } finally {
    release();
  }
}
