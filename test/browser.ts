import { existsSync } from "node:fs";

import { type Browser, chromium } from "playwright-core";

/** Debian's; on Ubuntu, where Chromium is a snap, GitHub's runners have Chrome. */
const BROWSERS = ["/usr/bin/chromium-headless-shell", "/usr/bin/google-chrome"];

/** Starts the machine's browser, without a window. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = BROWSERS.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error(`there is none of ${BROWSERS.join(", ")}`);
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
