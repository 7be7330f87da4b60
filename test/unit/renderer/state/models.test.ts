import { describe, expect, it } from "vitest";
import type { FitReport } from "../../../../electron/ipc/contract.js";
import {
  contextOf,
  describe as describeModel,
  fileOf,
  fitInWords,
  nameOf,
  placeInWords,
  storedInWords,
  suggestionInWords,
  valueOf,
} from "../../../../renderer/state/models.js";
import { modelOf } from "../../ipc/fake-side.js";

const GIB = 2 ** 30;

const fit = (change: Partial<FitReport>): FitReport => ({
  ...{ path: "/m", target: "local", context: 4096, verdict: "fits", lacks: null, suggestions: [] },
  needs: { weightBytes: 4 * GIB, kvBytes: GIB, workBytes: 0, totalBytes: 5 * GIB },
  ...{ memoryBytes: { total: 8 * GIB, available: 6 * GIB }, missingBytes: 0, storageFreeBytes: 10 * GIB, ...change },
});

describe("models in words", () => {
  it("what a file says of itself is text, whatever it says", () => {
    const hostile = modelOf("/tmp/$(reboot)\u001b.gguf", {
      name: '<img src=x onerror="1">\u202e',
      architecture: "a\u0000",
    });
    expect(nameOf(hostile)).toBe('<img src=x onerror="1">⟨U+202E⟩');
    expect(fileOf(hostile)).toBe("$(reboot)⟨U+001B⟩.gguf");
    expect(describeModel(hostile)[0]!.value).toBe("a⟨U+0000⟩");
  });

  it("tell the figures that matter, and experts where there are some", () => {
    const words = (model: ReturnType<typeof modelOf>) =>
      Object.fromEntries(describeModel(model).map(({ label, value }) => [label, value]));
    expect(words(modelOf("/m"))).toMatchObject({ Parameters: "7.0 B", Size: "4.00 GiB", Context: "8,192 tokens" });
    expect(words(modelOf("/m"))).not.toHaveProperty("Experts");
    expect(words(modelOf("/m", { experts: 64, expertsUsed: 6 }))["Experts"]).toBe("64, 6 for each token");
  });

  it("the built-in model goes by its name", () => {
    expect(valueOf(modelOf("/x/story.gguf", { builtIn: true }))).toBe("story");
    expect(valueOf(modelOf("/m"))).toBe("/m");
  });

  it.each([
    ["in place", undefined, "read where it is"],
    ["there", undefined, "already there"],
    ["partly", GIB, "25 % there"],
    ["perhaps", undefined, "a file of this size is there"],
    ["absent", undefined, "4.00 GiB to copy"],
  ] as const)("%s", (state, bytes, words) => {
    expect(placeInWords({ path: "/m", state, ...(bytes && { bytes }) }, 4 * GIB).words).toBe(words);
  });
});

it("what was brought to a phone", () => {
  const there = { path: "/a", state: "there" as const };
  const none = { files: 0, bytes: 0 };
  expect(storedInWords({ target: "adb:A", models: [there], others: { files: 2, bytes: GIB } })).toBe(
    "1 of the list, 2 not in the list (1.00 GiB)",
  );
  expect(storedInWords({ target: "adb:A", models: [{ ...there, state: "absent" }], others: none })).toBe("none yet");
  expect(storedInWords({ target: "local", models: [{ ...there, state: "in place" }], others: none })).toBeNull();
});

describe("fit in words", () => {
  it.each([
    [{}, "Fits", "ok"],
    [{ verdict: "tight" }, "Tight", "warn"],
    [{ verdict: "too large", lacks: "memory" }, "Too large", "fail"],
    [{ verdict: "too large", lacks: "storage", missingBytes: GIB }, "No room", "fail"],
    [{ verdict: "unknown" }, "Unknown", "warn"],
  ] as const)("%j: %s", (change, verdict, tone) => {
    expect(fitInWords(fit(change))).toMatchObject({ verdict, tone });
  });

  it("gives the figures", () => {
    expect(fitInWords(fit({})).reason).toBe("needs about 5.00 GiB of memory, 6.00 GiB are available");
    expect(fitInWords(fit({ lacks: "storage", missingBytes: GIB })).reason).toContain("1.00 GiB must be copied");
  });

  it("and what would fit", () => {
    expect(suggestionInWords({ kind: "context", context: 2048, totalBytes: GIB })).toContain("2,048 tokens (1.00 GiB)");
    expect(suggestionInWords({ kind: "budget", totalBytes: 3 * GIB })).toBe(
      "Phonon in a memory budget of 3.00 GiB, its neurons streamed from flash",
    );
    expect(suggestionInWords({ kind: "quantisation", quantisation: "Q4_K", totalBytes: GIB })).toContain("in Q4_K");
    expect(suggestionInWords({ kind: "model", path: "/s", name: "s\u0007", totalBytes: GIB })).toContain("s⟨U+0007⟩");
  });
});

it.each([
  ["", undefined],
  [" 8,192 ", 8192],
  ["1", 1],
  ["0", null],
  ["-1", null],
  ["4k", null],
  ["99999999", null],
])("a context typed as %j", (typed, tokens) => {
  expect(contextOf(typed)).toBe(tokens);
});
