/** What axe finds wrong with a page for people who use it otherwise than with eyes and a mouse. */
import axe from "axe-core";
import type { Page } from "playwright";

/** One line for each violation that is serious or critical. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe: inPage } = window as unknown as { axe: typeof axe };
    const { violations: all } = await inPage.run(document, { resultTypes: ["violations"] });
    return all.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map(({ target }) => target.join(" ")) }));
  });
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, where }) => `${id}: ${where.slice(0, 5).join(", ")}`);
}
