import { describe, expect, it } from "vitest";
import { estimate, type Limits } from "../../../electron/models/fit.js";
import { modelOf } from "../ipc/fake-side.js";

const GIB = 2 ** 30;
const limits = (available: number | null, change: Partial<Limits> = {}): Limits => ({
  ...{ availableBytes: available, storageFreeBytes: null, missingBytes: 0, ...change },
});
const f16 = modelOf("/f16.gguf", { fileBytes: 14 * GIB, quantisation: "F16" });

describe("estimate", () => {
  it("takes the context that engines take, or the one that is asked for", () => {
    expect(estimate(modelOf("/m"), undefined, limits(null)).context).toBe(4096);
    expect(estimate(modelOf("/m", { contextLength: 1024 }), undefined, limits(null)).context).toBe(1024);
    expect(estimate(modelOf("/m", { contextLength: 0 }), undefined, limits(null)).context).toBe(1);
    expect(estimate(modelOf("/m"), 100, limits(null)).needs.kvBytes).toBe(100 * 131_072);
  });

  it("fits, is tight, or is too large", () => {
    const verdict = (available: number | null) => estimate(modelOf("/m"), 4096, limits(available)).verdict;
    expect(verdict(8 * GIB)).toBe("fits");
    expect(verdict(5 * GIB)).toBe("tight");
    expect(verdict(4 * GIB)).toBe("too large");
    expect(verdict(null)).toBe("unknown");
  });

  it("suggests nothing where it fits", () => {
    expect(estimate(f16, 4096, limits(40 * GIB), [modelOf("/m")]).suggestions).toEqual([]);
  });

  it("suggests a shorter context where weights fit", () => {
    const { lacks, suggestions } = estimate(modelOf("/m"), 65_536, limits(8 * GIB));
    expect(lacks).toBe("memory");
    expect(suggestions[0]).toMatchObject({ kind: "context", context: 16_384 });
    expect(suggestions[0]!.totalBytes).toBeLessThan(0.8 * 8 * GIB);
  });

  it("suggests the finest quantisation that fits, and none that is no smaller", () => {
    const of = (available: number) =>
      estimate(f16, 4096, limits(available)).suggestions.find(({ kind }) => kind === "quantisation");
    expect(of(12 * GIB)).toMatchObject({ quantisation: "Q8_0" });
    expect(of(6 * GIB)).toMatchObject({ quantisation: "Q4_K" });
    expect(of(2 * GIB)).toBeUndefined();
    expect(estimate(modelOf("/m"), 4096, limits(4 * GIB)).suggestions).toEqual([]);
  });

  it("suggests a budget for the same model, where its kind is streamed and has room", () => {
    const sparse = { ...f16, leastStreamedBytes: 3 * GIB };
    const of = (model: typeof f16, available: number | null, change: Partial<Limits> = {}) =>
      estimate(model, 4096, limits(available, change)).suggestions.find(({ kind }) => kind === "budget");
    expect(of(sparse, 6 * GIB)).toEqual({ kind: "budget", totalBytes: 4915 * 2 ** 20 }); // 0.8 of what there is
    expect(of(f16, 6 * GIB)).toBeUndefined(); // every neuron fires
    expect(of(sparse, 3 * GIB)).toBeUndefined(); // too little to stream
    expect(of(sparse, 40 * GIB)).toBeUndefined(); // it fits
    expect(of(sparse, 6 * GIB, { storageFreeBytes: 20 * GIB, missingBytes: 14 * GIB })).toBeUndefined(); // and a pack
    expect(of(sparse, 6 * GIB, { storageFreeBytes: 20 * GIB })).toBeDefined();
  });

  it("suggests the largest known models that fit, at most three, and never itself", () => {
    const others = [1, 2, 3, 4, 20].map((gib) => modelOf(`/${gib}`, { fileBytes: gib * GIB, kvBytesPerToken: 0 }));
    const { suggestions } = estimate(f16, 4096, limits(8 * GIB), [...others, f16]);
    const paths = suggestions.flatMap((suggestion) => (suggestion.kind === "model" ? [suggestion.path] : []));
    expect(paths).toEqual(["/4", "/3", "/2"]);
  });

  it("holds the storage against what must still be brought there, and suggests what fits there too", () => {
    const full = limits(40 * GIB, { storageFreeBytes: 2 * GIB, missingBytes: 4 * GIB });
    const small = modelOf("/small", { fileBytes: GIB });
    const { verdict, lacks, suggestions } = estimate(modelOf("/m"), 4096, full, [small, f16]);
    expect([verdict, lacks]).toEqual(["too large", "storage"]);
    expect(suggestions.map(({ kind }) => kind)).toEqual(["model"]);
    expect(estimate(modelOf("/m"), 4096, { ...full, missingBytes: 0 }).verdict).toBe("fits");
  });
});
