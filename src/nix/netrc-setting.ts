import { z } from "zod";

import type { RunNix } from "./command.js";

const NETRC_SETTING = z.object({ "netrc-file": z.object({ value: z.string() }) });
const CALL_LIMIT_MS = 30_000;

/** The netrc file that Nix reads, which need not exist. Rejects with the codes of RunCommand. */
export async function readNetrcSetting(runNix: RunNix): Promise<string> {
  // Newer versions call it `nix config show`, and still know the old name.
  const { stdout } = await runNix(["show-config", "--json"], { timeoutMs: CALL_LIMIT_MS });
  return NETRC_SETTING.parse(JSON.parse(stdout))["netrc-file"].value;
}
