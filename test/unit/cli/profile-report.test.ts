import { describe, expect, it } from "vitest";
import { describeProfile } from "../../../electron/cli/profile-report.js";
import { measuredProfile } from "../runs/measured.js";

const [product] = measuredProfile.products;

describe("a profile for people", () => {
  it("says how much of a matrix a product reads, one row or column by name", () => {
    const products = [
      { ...product!, layout: "tiled" as const },
      { ...product!, layout: "rows" as const, share: 0.1 },
      { ...product!, layout: "columns" as const, share: 1 / 4096 },
    ];
    const text = describeProfile({ target: "local", profile: { ...measuredProfile, products } });
    expect(text).toMatch(/Q4_0 +all /);
    expect(text).toMatch(/Q4_0 +10\.0 % of rows /);
    expect(text).toMatch(/Q4_0 +one of columns /);
    expect(text).not.toContain("no time");
  });

  it("says what reading takes from cores that compute, where that was measured", () => {
    const costing = (read_core_us: number | null) =>
      describeProfile({
        target: "local",
        profile: { ...measuredProfile, flash: { ...measuredProfile.flash, read_core_us } },
      });
    expect(costing(17.5)).toContain("\na read takes 17.5 us from cores that all compute\n");
    expect(costing(null)).not.toContain("from cores");
  });

  it("names what there was no time for", () => {
    const skipped = ["products: Q6_K rows, 4096 x 4096, batch 1, 1 thread", "memory: 1\u001bthread"];
    const text = describeProfile({ target: "local", profile: { ...measuredProfile, skipped } });
    expect(text).toContain("no time for 2 more");
    expect(text).toContain("\n  products: Q6_K rows, 4096 x 4096, batch 1, 1 thread\n  memory: 1\ufffdthread");
  });
});
