/** What a page's thread computes, and its tasks from the browser's own trace: how long each took, what it computed in it. */
import type { Page } from "playwright";

export interface Task {
  wall: number; // ms
  processor: number; // ms: less where other threads had the cores
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  dur?: number; // us
  tdur?: number; // us, of the thread
}

const TASK = "ThreadControllerImpl::RunTask";
const MARK = "the page's thread";

/** Traces `page` from now on; what it answers ends the trace. */
export async function traceTasks(page: Page): Promise<() => Promise<Task[]>> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "blink.user_timing"] },
  });
  await page.evaluate((mark) => performance.mark(mark), MARK);
  return async () => {
    const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
    await session.send("Tracing.end");
    await complete;
    const mark = events.find(({ name }) => name === MARK);
    return events
      .filter(({ name, ph, pid, tid }) => name === TASK && ph === "X" && pid === mark?.pid && tid === mark.tid)
      .map(({ dur = 0, tdur = 0 }) => ({ wall: dur / 1000, processor: tdur / 1000 }));
  };
}

/** Tells how many milliseconds the page's thread has computed, whoever else had the processor meanwhile. */
export async function threadClock(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN);
  };
}
