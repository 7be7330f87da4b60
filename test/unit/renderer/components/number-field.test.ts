import { expect, it } from "vitest";
import { stepBy } from "../../../../renderer/components/NumberField.js";

it.each([
  ["7", 1, 0, 10, "8"],
  ["7", -1, 0, 10, "6"],
  ["10", 1, 0, 10, "10"],
  ["0", -1, 0, 10, "0"],
  ["0.2", 0.1, 0, 1, "0.3"],
  ["", 1, 1, 256, "1"],
  ["many", -1, 1, 256, "1"],
])("number field: %j stepped by %d within [%d, %d] is %j", (text, step, least, most, next) =>
  expect(stepBy(text, step, least, most)).toBe(next),
);
