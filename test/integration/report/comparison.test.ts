import { resolve } from "node:path";

import { expect, it } from "@jest/globals";

import { renderChart } from "../../../src/report/comparison-text.js";
import { launchBrowser } from "../../browser.js";
import { row } from "../../unit/report/comparisons.js";

it("Mermaid draws the chart of a comparison, with a bar for each measured build", async () => {
  const arm = { target: "aarch64-linux" };
  const rows = [
    row("cross-compile", 2000, arm, 1000),
    row("remote", 1, { ...arm, state: "failed", cold: null }),
    row("emulate", 30_000, { ...arm, isEmulated: true }, 15_000),
  ];
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ path: resolve("node_modules/mermaid/dist/mermaid.min.js") });
    const chart = JSON.stringify(renderChart("aarch64-linux", rows));
    await page.evaluate(
      `mermaid.render("chart", ${chart}).then(({ svg }) => { document.body.innerHTML = svg; })`,
    );
    const texts = await page.evaluate(
      `[...document.querySelectorAll("svg text")].map(({ textContent }) => textContent)`,
    );
    const builds = ["cross-compile, cold", "cross-compile, changed", "emulate (QEMU), cold"];
    expect(texts).toEqual(expect.arrayContaining([...builds, "emulate (QEMU), changed", "seconds"]));
    expect(await page.evaluate(`document.querySelectorAll("svg .plot rect").length`)).toBe(4);
  } finally {
    await browser.close();
  }
}, 60_000);
