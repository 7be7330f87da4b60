import { describe, expect, it, vi } from "vitest";
import { runRecordSchema } from "../../../electron/store/record.js";
import { readRun } from "../../../electron/store/index.js";
import { useTemporaryHome } from "../home.js";
import { eventsOf } from "../runs/events.js";
import { exportedFile, HOSTILE } from "./exported.js";
import { rowsOf } from "./read-back.js";

vi.setConfig({ testTimeout: 30_000 }); // DuckDB and many files, on a busy machine

useTemporaryHome();

describe("Parquet", () => {
  it("holds a row per token with its run's names", async () => {
    const stream = {
      ...{
        candidates: 70,
        active: 30,
        hits: 66,
        hot_hits: 50,
        misses: 4,
        reads: 4,
        read_bytes: 32_768,
        queue_depth: 2.5,
      },
      ...{ predict_ms: 0.125, cache_ms: 0.25, compute_ms: 1, stall_ms: 0.5 },
    };
    const events = eventsOf({ tokenMs: [2, 4, 6] }).map((event) =>
      event.kind === "token" && event.index === 1 ? { ...event, stream } : event,
    );
    const { file, runId } = await exportedFile("parquet", events);
    const rows = await rowsOf("FROM read_parquet($file)", file);
    expect(rows).toHaveLength(4);
    expect(rows[1]).toEqual({
      run_id: runId,
      engine: "phonon",
      target: "local",
      model: "/models/story.gguf",
      index: 1n,
      id: 101n,
      text: " w1",
      t_ms: 13,
      ms: 2,
      attention_ms: 0.5,
      ffn_ms: 1,
      sampling_ms: 0.25,
      other_ms: 0.25,
      active_neurons: 30n,
      ...{ candidates: 70n, hits: 66n, hot_hits: 50n, misses: 4n, reads: 4n, read_bytes: 32_768n },
      ...{ queue_depth: 2.5, predict_ms: 0.125, cache_ms: 0.25, compute_ms: 1, stall_ms: 0.5 },
    });
    expect(rows[2]).toMatchObject({ candidates: null, stall_ms: null });
    expect(await rowsOf("SELECT avg(ms) AS ms FROM read_parquet($file) WHERE index > 0", file)).toEqual([{ ms: 4 }]);
  });

  it("holds the whole record in its metadata", async () => {
    const { file, runId } = await exportedFile("parquet");
    const [{ key, value }] = (await rowsOf("SELECT key, value FROM parquet_kv_metadata($file)", file)) as [
      { key: Buffer; value: Buffer },
    ];
    expect(key.toString()).toBe("run");
    const record = runRecordSchema.parse(JSON.parse(value.toString()));
    expect(record).toEqual((await readRun(runId))!.record);
  });

  it("holds any text as it is", async () => {
    const texts = [HOSTILE, "", "a\0b", '"', "line\nend", "x".repeat(100_000), "\u{10ffff}"];
    const events = eventsOf({ tokenMs: [1, 1, 1, 1, 1, 1] }).map((event) =>
      event.kind === "token" ? { ...event, text: texts[event.index]! } : event,
    );
    const model = { path: HOSTILE, target_path: null, file_bytes: 1, sha256: null };
    const { file } = await exportedFile("parquet", events, { target: HOSTILE, model });
    const rows = await rowsOf("SELECT text, target, model FROM read_parquet($file) ORDER BY index", file);
    expect(rows).toEqual(texts.map((text) => ({ text, target: HOSTILE, model: HOSTILE })));
  });

  it("keeps the order of ten thousand tokens", async () => {
    const tokenMs = Array.from({ length: 9999 }, (_, i) => i % 7);
    const { file } = await exportedFile("parquet", eventsOf({ tokenMs }));
    const rows = await rowsOf("SELECT index FROM read_parquet($file)", file);
    expect(rows.map((row) => Number(row["index"]))).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
  });

  it("of a run without tokens is an empty table", async () => {
    const { file } = await exportedFile("parquet", eventsOf().slice(0, 2));
    expect(await rowsOf("SELECT count(*)::INTEGER AS n FROM read_parquet($file)", file)).toEqual([{ n: 0 }]);
  });
});
