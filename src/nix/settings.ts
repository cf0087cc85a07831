import { z } from "zod";

import type { RunNix } from "./command.js";

/** The settings of Nix that this action reads. */
const SETTINGS = z.object({
  "netrc-file": z.object({ value: z.string() }),
  substituters: z.object({ value: z.array(z.string()) }),
});
const CALL_LIMIT_MS = 30_000;

/** The netrc file that Nix reads, which need not exist. Rejects with the codes of RunCommand. */
export async function readNetrcSetting(runNix: RunNix): Promise<string> {
  return (await readSettings(runNix))["netrc-file"].value;
}

/** The store URIs that Nix substitutes from, best first. Rejects with the codes of RunCommand. */
export async function readSubstituters(runNix: RunNix): Promise<readonly string[]> {
  return (await readSettings(runNix)).substituters.value;
}

async function readSettings(runNix: RunNix): Promise<z.infer<typeof SETTINGS>> {
  // Newer versions call it `nix config show`, and still know the old name.
  const { stdout } = await runNix(["show-config", "--json"], { timeoutMs: CALL_LIMIT_MS });
  return SETTINGS.parse(JSON.parse(stdout));
}
