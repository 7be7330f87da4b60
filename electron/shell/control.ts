/** The real control side, as the shells' handlers want it. */
import { homedir } from "node:os";
import type { PhononError } from "../base/errors.js";
import type { RunFacts, TargetInfo, TargetListing } from "../ipc/contract.js";
import { failureOf } from "../ipc/failure.js";
import type { ControlSide } from "../ipc/side.js";
import { forgetModel, inspectModel, listModels, rememberModel, resolveModel } from "../models/index.js";
import { ablate } from "../runs/ablate.js";
import { compare } from "../runs/compare.js";
import { startRun } from "../runs/execute.js";
import { planRun } from "../runs/plan.js";
import { probe } from "../runs/probe.js";
import { readPackProfile } from "../runs/pack-profile.js";
import { sweep } from "../runs/sweep.js";
import { exportStudyToFolder, exportToFolder } from "../export/index.js";
import {
  deleteRuns,
  deleteStudy,
  listStudies,
  packsOf,
  queryRuns,
  readProfile,
  readRun,
  readStudy,
  type RunRecord,
} from "../store/index.js";
import { hashFile, knownHash } from "../targets/file-hash.js";
import { openTarget, surveyTargets, watchTargets } from "../targets/index.js";

export function realControl(): ControlSide {
  return {
    async listTargets() {
      const { targets, adbProblem } = await surveyTargets();
      return listing(targets, adbProblem);
    },
    watchTargets: (onChange) => watchTargets((targets, adbProblem) => onChange(listing(targets, adbProblem))),
    preflight: async (id) => (await openTarget(id)).preflight(),
    report: async (id) => (await openTarget(id)).report(),
    /** A damaged profile counts as none here: measuring replaces it. */
    measuredAt: async (target) => (await readProfile(target).catch(() => undefined))?.measured_at ?? null,
    async measure(target, hooks) {
      await probe({ target }, hooks);
    },
    storedModels: async (id) => (await openTarget(id)).storedModels(),
    listModels,
    forgetModel,
    knownHash,
    async hashModel(path) {
      await hashFile(path);
    },
    async inspectModel(path) {
      const model = await inspectModel(typedPath(path));
      if (!model.builtIn) await rememberModel(model.path);
      return model;
    },
    plan: ({ model, ...query }) => planRun({ model: typedPath(model), ...query }),
    listPacks: packsOf,
    readPackProfile: (pack) => readPackProfile(pack),
    startRun,
    compare,
    ablate: (request, hooks) => ablate(request, hooks),
    sweep: (request, hooks) => sweep(request, hooks),
    listStudies,
    readStudy,
    deleteStudy,
    exportStudy: exportStudyToFolder,
    queryRuns,
    deleteRuns,
    async exportRun(runId, format) {
      const run = await readRun(runId);
      return run && exportToFolder(run, format);
    },
    async readRun(runId) {
      const run = await readRun(runId);
      return run && { facts: factsOf(run.record), summary: run.summary, events: () => run.events() };
    },
  };
}

function listing(targets: TargetInfo[], adbProblem: PhononError | null): TargetListing {
  return { targets, phonesProblem: adbProblem && failureOf(adbProblem) };
}

/** A model's path as a user types it, or "story". */
function typedPath(path: string): string {
  return resolveModel(path.trim().replace(/^~(?=[/\\])/, homedir()));
}

function factsOf({ engine, target, model, config }: RunRecord): RunFacts {
  const tokens = typeof config.tokens === "number" ? config.tokens : null;
  return { engine, target, model: model.path, prompt: promptOf(config), tokens };
}

function promptOf({ prompt, promptTokens, promptRandom }: RunRecord["config"]): string {
  if (typeof prompt === "string") return prompt;
  if (Array.isArray(promptTokens)) return `[${promptTokens.length} prompt tokens]`;
  return typeof promptRandom === "number" ? `[${promptRandom} random prompt tokens]` : "";
}
