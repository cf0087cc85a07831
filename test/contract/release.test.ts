import { readFileSync } from "node:fs";

import { expect, it } from "@jest/globals";
import { parse } from "yaml";

interface Job {
  readonly needs?: string | readonly string[];
  readonly strategy?: { readonly matrix: unknown };
  readonly steps?: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}

const { jobs } = parse(readFileSync(".github/workflows/release.yml", "utf8")) as {
  readonly jobs: Readonly<Record<string, Job>>;
};

/** The jobs that have ended when a job starts. */
function listBefore(name: string): ReadonlySet<string> {
  const needs = [jobs[name]?.needs ?? []].flat();
  return new Set([...needs, ...needs.flatMap((need) => [...listBefore(need)])]);
}
const stepsOf = (name: string) => jobs[name]?.steps ?? [];
const scriptsOf = (name: string) =>
  stepsOf(name)
    .map(({ run = "" }) => run)
    .join("\n");

it("a release tags a commit with the pool's image, which has passed the gate on both CPUs", () => {
  expect([...listBefore("tag")]).toEqual(
    expect.arrayContaining(["check", "pool-image", "pool-gate", "pool-tag"]),
  );
  expect(scriptsOf("tag")).toContain('script/set-pool-image "$IMAGE"');
  const own = ["pool-image", "pool-gate", "pool-tag"].map((name) =>
    stepsOf(name).filter(({ uses = "" }) => uses.startsWith("./")),
  );
  expect(own.map((steps) => steps.map(({ uses }) => uses))).toEqual([["./"], ["./gate"], ["./gate"]]);
  expect(own[0]?.[0]?.with).toMatchObject({
    installables: "./deploy/image#image",
    systems: "x86_64-linux, aarch64-linux",
  });
  expect(own[1]?.[0]?.with).toMatchObject({ "smoke-test": "deploy/image/smoke-test.yaml" });
  expect(jobs["pool-gate"]?.strategy?.matrix).toEqual({ runner: ["ubuntu-24.04", "ubuntu-24.04-arm"] });
});

it("a release publishes the chart of its tag, and moves the major tag only after that", () => {
  expect([...listBefore("chart")]).toContain("tag");
  expect([...listBefore("major")]).toEqual(expect.arrayContaining(["proof", "chart"]));
  expect(stepsOf("chart")[0]?.with).toMatchObject({ ref: "refs/tags/v${{ inputs.version }}" });
  expect(scriptsOf("chart")).toContain("script/publish-chart ");
});
