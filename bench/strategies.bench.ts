import { appendFileSync } from "node:fs";
import { join } from "node:path";

import { createProject, fillCache, findPackageSet } from "../test/nix/project.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../test/runner.js";
import { asInputs, readNixRelease, type Service, startBinfmt, startBuilder } from "../test/testbed.js";
import { measureScenario, renderTable, type Row, type Subject, writeResults } from "./measure.js";
import { createMachine, measureAction } from "./subjects.js";

/**
 * Changes one source file of an app, and measures how long each strategy takes to rebuild its image. The
 * warm-up builds everything else. The app's build tools (a JDK; Node.js and npm) are the build platform's, so
 * `emulate` runs them under QEMU.
 */

const bed = makeTemporaryFolder("bench");
const machine = join(bed, "machine");
const services: Service[] = [];

interface App {
  readonly name: string;
  /** A source file; each run appends a comment to it. */
  readonly source: string;
}

const APPS: readonly App[] = [
  { name: "java", source: "backend/src/main/java/Backend.java" },
  { name: "node", source: "bff/src/server.ts" },
];

async function main(): Promise<void> {
  const rounds = Number(process.env["ROUNDS"] ?? "5");
  const names = process.argv.slice(2);
  createMachine(machine);
  services.push(await startBinfmt("aarch64"));
  const sandbox = ["/bin", "/usr", "/lib", "/lib64", "/etc/maven", join(process.cwd(), ".testbed")].join(" ");
  const builder = await startBuilder(join(bed, "builder"), { sandboxPaths: sandbox });
  services.push(builder);
  const project = createProject("test/nix/images", findPackageSet());
  const cache = join(bed, "cache");
  fillCache(cache, "aarch64-linux", ["cacert", "tzdata", "jdk_headless"]);
  const rows: Row[] = [];
  for (const { name, source } of APPS.filter((app) => names.length === 0 || names.includes(app.name))) {
    let changes = 0;
    const build = (
      strategy: string,
      system: string,
      inputs: Readonly<Record<string, string>> = {},
    ): Subject => ({
      name: `${strategy}, for ${system}`,
      run: async () => {
        appendFileSync(join(project, "../examples", source), `// ${++changes}\n`);
        const { report, ...measurement } = await measureAction(machine, "build", {
          installables: `path:${project}#${name}`,
          systems: system,
          strategy,
          "nix-version": readNixRelease()["nix-version"],
          "extra-conf": `sandbox-paths = ${sandbox}\nsubstituters = file://${cache}?trusted=1`,
          ...inputs,
        });
        return {
          ...measurement,
          bytes: 0,
          note: report.attempts.map((attempt) => attempt.strategy).join(", "),
        };
      },
    });
    const subjects = [
      build("cross-compile", "aarch64-linux"),
      build("native", "x86_64-linux"),
      build("remote", "x86_64-linux", asInputs([builder])),
      build("emulate", "aarch64-linux"),
    ];
    rows.push(...(await measureScenario({ name, subjects }, rounds)));
  }
  const text = renderTable(rows);
  console.log(text);
  if (names.length === 0 && rounds >= 5) writeResults("strategies", rows, text);
}

try {
  await main();
} finally {
  for (const service of services.toReversed()) await service.stop();
  removeTemporaryFolders();
}
