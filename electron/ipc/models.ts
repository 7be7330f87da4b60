/** What is on which target, and what would fit there. */
import type { Accepted, FitReport, Placement } from "./contract.js";
import { estimate } from "../models/index.js";
import type { ModelEntry, StoredModel } from "./contract.js";
import type { ControlSide } from "./side.js";

/** A file's hash is not computed for this: where it is not remembered, a file of the same size may be the same. */
export async function placementOf(side: ControlSide, target: string): Promise<Placement> {
  const [stored, models] = await Promise.all([side.storedModels(target), side.listModels()]);
  if (stored === null) return { target, models: models.map(({ path }) => ({ path, state: "in place" })), others: none };
  const placed = await Promise.all(models.map((model) => placeOf(side, model, stored)));
  const ours = new Set(placed.flatMap(({ file }) => file ?? []));
  const others = stored.filter((file) => !ours.has(file));
  return {
    target,
    models: placed.map(({ place }) => place),
    others: { files: others.length, bytes: others.reduce((sum, { bytes }) => sum + bytes, 0) },
  };
}

const none = { files: 0, bytes: 0 };

interface Placed {
  place: Placement["models"][number];
  file?: StoredModel; // that is the model, or a part of it
}

async function placeOf(side: ControlSide, { path, fileBytes }: ModelEntry, stored: StoredModel[]): Promise<Placed> {
  const sha256 = await side.knownHash(path);
  if (sha256 === null) {
    const sameSize = stored.some(({ bytes, whole }) => whole && bytes === fileBytes);
    return { place: { path, state: sameSize ? "perhaps" : "absent" } };
  }
  const files = stored.filter((file) => file.sha256 === sha256);
  const whole = files.find((file) => file.whole);
  if (whole) return { place: { path, state: "there" }, file: whole };
  const [part] = files;
  if (part) return { place: { path, state: "partly", bytes: part.bytes }, file: part };
  return { place: { path, state: "absent" } };
}

export async function fitOf(side: ControlSide, { path, target, context }: Accepted<"models.fit">): Promise<FitReport> {
  const [model, models, report, stored] = await Promise.all([
    side.inspectModel(path),
    side.listModels(),
    side.report(target),
    side.storedModels(target),
  ]);
  const place = stored && (await placeOf(side, model, stored)).place;
  const missingBytes = place === null || place.state === "there" ? 0 : model.fileBytes - (place.bytes ?? 0);
  const { memory, storage } = report;
  const limits = { availableBytes: memory.availableBytes, storageFreeBytes: storage.freeBytes, missingBytes };
  const memoryBytes = { total: memory.totalBytes, available: memory.availableBytes };
  return {
    ...{ path: model.path, target, ...estimate(model, context, limits, models) },
    ...{ memoryBytes, missingBytes, storageFreeBytes: storage.freeBytes },
  };
}
