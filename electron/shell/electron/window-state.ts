/** Where the window was when it was closed: $PHONON_HOME/window.json. Losing it loses nothing but a place. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { screen, type BrowserWindow, type Rectangle } from "electron";
import { z } from "zod";
import { messageOf } from "../../base/errors.js";
import { phononHome } from "../../base/home.js";

export const MIN_SIZE = { width: 400, height: 480 };
const DEFAULT_SIZE = { width: 1280, height: 860 };
const LARGEST = 16_384; // pixels, of any screen

const stateSchema = z.object({
  x: z.int().min(-LARGEST).max(LARGEST),
  y: z.int().min(-LARGEST).max(LARGEST),
  width: z.int().min(MIN_SIZE.width).max(LARGEST),
  height: z.int().min(MIN_SIZE.height).max(LARGEST),
  maximized: z.boolean(),
});
type WindowState = z.infer<typeof stateSchema>;

const file = (): string => join(phononHome(), "window.json");

/** What the window is to be made with. A place on a screen that is no longer there is forgotten. */
export function rememberedBounds(): Partial<Rectangle> & { maximized: boolean } {
  const state = read();
  if (state === undefined) return { ...DEFAULT_SIZE, maximized: false };
  const { maximized, x, y, width, height } = state;
  return isVisible(state) ? { x, y, width, height, maximized } : { width, height, maximized };
}

export function rememberWindow(window: BrowserWindow): void {
  window.on("close", () => {
    const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() };
    try {
      mkdirSync(phononHome(), { recursive: true });
      writeFileSync(file(), `${JSON.stringify(state)}\n`);
    } catch (error) {
      console.error(`The window's place is not remembered: ${messageOf(error)}`);
    }
  });
}

function read(): WindowState | undefined {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file(), "utf8")));
  } catch {
    return undefined; // none yet, or not readable
  }
}

/** Whether the bar to move the window by can be reached. */
function isVisible({ x, y, width }: Rectangle): boolean {
  return screen.getAllDisplays().some(({ workArea: area }) => {
    const inRow = y >= area.y && y < area.y + area.height;
    return inRow && Math.min(x + width, area.x + area.width) - Math.max(x, area.x) >= MIN_SIZE.width / 4;
  });
}
