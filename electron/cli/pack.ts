import type { Command } from "commander";
import { REQUANTISE } from "../agent/messages.js";
import { ACTIVATIONS, PREDICTORS } from "../runs/config.js";
import { describeOptions, pack, type PackRequest, type PackResult } from "../runs/pack.js";
import type { PackRecord } from "../store/index.js";
import type { PackedPredictor } from "../agent/messages.js";
import type { CommandContext } from "./context.js";
import { predictorKinds } from "./predictors.js";
import { bytes, count, duration, percent, plain, table } from "./units.js";
import { decimal, integer, oneOf } from "./values.js";

interface PackOptions extends Omit<PackRequest, "model"> {
  json?: true;
}

export function addPack(program: Command, context: CommandContext): void {
  const { terminal } = context;
  program
    .command("pack")
    .description("prepare a model on a target for running from flash in less memory than it needs")
    .argument("<model>", 'a GGUF file, or "story" for the built-in model')
    .option("--target <id>", "local, or adb:SERIAL as `phonon devices` names it", "local")
    .option("--text <file>", "profile with this text, UTF-8 (default: what the model writes)")
    .option("--energy <share>", "of the activations, that the predictor keeps (default: 0.995)", decimal(0.5, 1))
    .option(
      "--sparsity <share>",
      "of a SiLU model: this share of the activations, the smallest, counts as nothing (default: 0)",
      decimal(0, 0.95),
    )
    .option(
      "--requantise <what>",
      "smaller, and no more what the model computes; reports what that costs: Down's columns with scales of their own " +
        "(down-q8_0, down-q4_0), or Gate and Up in 4 bits too (q4_0)",
      oneOf(REQUANTISE),
    )
    .option(
      "--activation <name>",
      `the FFN's activation, over the model's metadata (${ACTIVATIONS.join(", ")})`,
      oneOf(ACTIVATIONS),
    )
    .option(
      "--predictor <kind>",
      `of all layers (${PREDICTORS.join(", ")}; default: auto, for each layer the one that costs less)`,
      oneOf(PREDICTORS),
    )
    .option("--seed <n>", "of the text that the model writes (default: 1)", integer(0))
    .option("--force", "pack again although there is a pack")
    .option("--json", "print one JSON object")
    .action(async (model: string, { json, ...options }: PackOptions) => {
      let step = "";
      const result = await pack(
        { model, ...options },
        {
          signal: context.signal,
          onStep: ({ what }) => (step = plain(what)),
          onProgress: (p) => terminal.progress(p.phase === "packing" ? { ...p, phase: `packing, ${step}` } : p),
        },
      );
      terminal.clearProgress();
      for (const warning of result.warnings) terminal.warn(warning);
      if (json) terminal.json(toJson(result));
      else terminal.text(`${describe(result)}\n`);
    });
}

const toJson = ({ record, ...result }: PackResult) => ({
  ...result,
  bytes: record?.bytes ?? null,
  seconds: record?.seconds ?? null,
  profile: record?.profile ?? null,
  predictor: record?.predictor ?? null,
  quality: record?.quality ?? null,
  options: record?.options ?? null,
});

function describe({ target, pack: path, made, resumed_layers: resumed, record }: PackResult): string {
  const after = resumed > 0 ? `, going on after layer ${resumed}, where it had been interrupted` : "";
  const head = made ? `packed${after}` : "is current; --force packs it again";
  return table([["pack", `${path} on ${target}, ${head}`], ...(record ? facts(record) : [])]);
}

function facts({ bytes: size, seconds, profile, predictor, quality, options }: PackRecord): string[][] {
  const rate = seconds > 0 ? `, ${bytes(size / seconds)}/s` : "";
  return [
    ["size", `${bytes(size)}, packed in ${duration(seconds)}${rate}`],
    [
      "profile",
      `${count(profile.tokens)} tokens (${plain(profile.source)}), for each of which ${percent(profile.active)} of the neurons fire`,
    ],
    [
      "predictor",
      `lets ${percent(predictor.let_through)} of the neurons through: ${percent(predictor.recall)} of those that fire, ` +
        `${percent(predictor.energy)} of their energy`,
    ],
    ...(predictor.layers.length > 0 ? [["predictors", costs(predictor.layers)]] : []),
    ...(quality ? [["quality", describeQuality(quality)]] : []),
    ["asked for", describeOptions(options)],
  ];
}

function costs(layers: readonly PackedPredictor[]): string {
  const sum = (read: (layer: PackedPredictor) => number) => layers.reduce((all, layer) => all + read(layer), 0);
  return `${predictorKinds(layers)}, ${bytes(sum(({ bytes: size }) => size))} in all; a token foreseen to cost ${count(Math.round(sum(({ cost_us }) => cost_us)))} us of a core`;
}

/** Over the profile's tokens, without the predictor. */
const describeQuality = ({ kl_mean: kl, top1_agreement: top1 }: NonNullable<PackRecord["quality"]>): string =>
  `${kl.toPrecision(3)} nats a token from the model's predictions (KL divergence); after ${percent(top1)} of the tokens ` +
  "both like the same one best";
