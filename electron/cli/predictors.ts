/** A pack's predictors, in a line: what kind they are, and what they were worth over the profile. */
import { mean } from "simple-statistics";
import type { PackedPredictor } from "../agent/messages.js";
import { count, percent } from "./units.js";

export function predictorKinds(layers: readonly PackedPredictor[]): string {
  const lowRank = layers.filter(({ kind }) => kind === "low-rank").length;
  return lowRank === 0 ? "of two bits" : `low-rank in ${count(lowRank)} of ${count(layers.length)} layers`;
}

/** Means over the layers. */
export function predictorWorth(layers: readonly PackedPredictor[]): string {
  const over = (figure: "recall" | "precision" | "energy") => percent(mean(layers.map((layer) => layer[figure])));
  return `recall ${over("recall")}, precision ${over("precision")} and ${over("energy")} of the energy in the profile`;
}
