import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

const PAGES = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "bench/README.md", "test/README.md"],
  ...readdirSync("docs").map((name) => join("docs", name)),
].filter((name) => name.endsWith(".md"));
const texts = new Map(PAGES.map((page) => [page, readFileSync(page, "utf8")] as const));

/** The fenced blocks of a language on all pages, each with a name for its test. */
function listBlocks(language: string): readonly (readonly [name: string, text: string])[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm");
  return [...texts].flatMap(([page, text]) =>
    [...text.matchAll(fence)].map(([, block = ""], index) => [`${page}, ${index + 1}`, block] as const),
  );
}

/** The cells of the rows of a page's tables whose first cell is code. */
function readRows(page: string): readonly (readonly string[])[] {
  return (texts.get(page) ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

type Names = Readonly<Record<string, unknown>>;

/** A step or a job that uses something. */
interface Use {
  readonly uses: string;
  readonly with?: Names;
  readonly secrets?: Names;
  readonly permissions?: Readonly<Record<string, string>>;
}

/** Every step and job of an example that uses an action or a workflow of this repository. */
function findUses(value: unknown): readonly Use[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "uses" in value && /^fluo\/cross-build[@/]/.test(String(value.uses)) ? [value as Use] : [];
  return [...own, ...Object.values(value).flatMap(findUses)];
}

interface Called {
  readonly on: { readonly workflow_call: { readonly inputs?: Names; readonly secrets?: Names } };
  readonly jobs: Readonly<Record<string, { readonly permissions?: Readonly<Record<string, string>> }>>;
}

const WORKFLOW = /^fluo\/cross-build\/(\.github\/workflows\/[\w-]+\.yml)@v1$/;
const ACTION = /^fluo\/cross-build(\/\w+)?@v1$/;

/** What an example gives or grants that is not there, or leaves out that is needed. */
function findMistakes(use: Use): readonly string[] {
  const unknown = (what: string, given: Names = {}, known: Names = {}) =>
    Object.keys(given)
      .filter((name) => !(name in known))
      .map((name) => `${use.uses} has no ${what} ${name}`);
  const [, file] = WORKFLOW.exec(use.uses) ?? [];
  if (file !== undefined) {
    const { on, jobs } = parse(readFileSync(file, "utf8")) as Called;
    const { inputs, secrets } = on.workflow_call;
    const needed = Object.entries(jobs)
      .filter(([name]) => name !== "issue" || use.with?.["open-issue"] === true)
      .flatMap(([, { permissions = {} }]) => Object.entries(permissions));
    return [
      ...unknown("input", use.with, inputs),
      ...unknown("secret", use.secrets, secrets),
      ...needed
        .filter(([scope, access]) => ![access, "write"].includes(use.permissions?.[scope] ?? ""))
        .map(([scope, access]) => `${use.uses} needs ${scope}: ${access}`),
    ];
  }
  const [matched, folder = ""] = ACTION.exec(use.uses) ?? [];
  if (matched === undefined) return [`${use.uses} is neither an action nor a workflow at v1`];
  const action = parse(readFileSync(join(`.${folder}`, "action.yml"), "utf8")) as { readonly inputs: Names };
  return unknown("input", use.with, action.inputs);
}

describe("the examples of the pages", () => {
  const examples = listBlocks("yaml").map(([name, text]) => [name, findUses(parse(text))] as const);

  it("use actions and workflows of this repository", () => {
    const uses = examples.flatMap(([, found]) => found.map((use) => use.uses));
    expect(uses).toEqual(
      expect.arrayContaining([
        "fluo/cross-build@v1",
        "fluo/cross-build/gate@v1",
        "fluo/cross-build/.github/workflows/cross-build.yml@v1",
        "fluo/cross-build/.github/workflows/pr-check.yml@v1",
      ]),
    );
  });

  it.each(examples)("use what these have, with the permissions that they need: %s", (_, uses) => {
    expect(uses.flatMap(findMistakes)).toEqual([]);
  });

  it("with a mistake are found", () => {
    const uses = "fluo/cross-build/.github/workflows/pr-check.yml@v1";
    expect(findMistakes({ uses, with: { tags: "latest" }, permissions: {} })).toEqual([
      `${uses} has no input tags`,
      `${uses} needs contents: read`,
    ]);
    expect(findMistakes({ uses: "fluo/cross-build/gate@v1", with: { installables: "." } })).toEqual([
      "fluo/cross-build/gate@v1 has no input installables",
    ]);
    expect(findMistakes({ uses: "fluo/cross-build@main" })).toHaveLength(1);
  });

  const workflows = listBlocks("yaml").filter(([, text]) => /^on:/m.test(text) && /^jobs:/m.test(text));

  it("of a whole workflow are on the first page", () => {
    expect(workflows.map(([name]) => name)).toContain("README.md, 1");
  });

  it.each(workflows)(
    "of a whole workflow can be pasted: %s",
    (name, content) => {
      const { context } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
      expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
      const bin = execFileSync("script/linters", { encoding: "utf8" }).trim();
      const folder = mkdtempSync(join(tmpdir(), "example-"));
      const file = ".github/workflows/example.yml";
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      mkdirSync(join(folder, ".git"));
      writeFileSync(join(folder, file), content);
      const lint = (tool: string, ...args: readonly string[]) => {
        const { status, stdout, stderr } = spawnSync(join(bin, tool), [...args, file], {
          cwd: folder,
          encoding: "utf8",
        });
        return status === 0 ? "" : `${stdout}${stderr}`;
      };
      const options = ["--offline", "--persona", "pedantic", "--config", resolve(".github/zizmor.yml")];
      expect([lint("actionlint"), lint("zizmor", ...options)]).toEqual(["", ""]);
      rmSync(folder, { recursive: true });
    },
    300_000,
  );

  it.each(listBlocks("(?:sh|bash)"))("of a shell parse: %s", (_, text) => {
    const { status, stderr } = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describe("docs/architecture.md", () => {
  const page = texts.get("docs/architecture.md") ?? "";
  /** A word in code that is a path: with a slash, or with the ending of a file. */
  const paths = [...page.replace(/^```[^]*?^```$/gm, "").matchAll(/`([\w./-]+)`/g)]
    .map(([, word = ""]) => word)
    .filter((word) => word.includes("/") || /\.(?:ts|js|json|ya?ml|nix|md)$/.test(word));

  it("names no file and no folder that is not there", () => {
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  it("has a row for every room, and no others", () => {
    const rooms = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const rows = readRows("docs/architecture.md").flatMap(
      ([cell = ""]) => /^`src\/([\w-]+)\/`$/.exec(cell)?.[1] ?? [],
    );
    expect(rows.toSorted()).toEqual(rooms.map(({ name }) => name).toSorted());
  });
});

describe("docs/migrating-from-docker.md", () => {
  const rows = readRows("docs/migrating-from-docker.md");
  const keys = rows.map(([cell = ""]) => cell.replaceAll("`", ""));

  it("says what becomes of each input of docker/build-push-action", () => {
    // As of v7.3.0. @see https://github.com/docker/build-push-action/blob/v7.3.0/action.yml
    const inputs = `add-hosts allow annotations attests build-args build-contexts builder cache-from cache-to
      call cgroup-parent context file github-token labels load network no-cache no-cache-filters outputs
      platforms provenance pull push sbom secret-envs secret-files secrets shm-size ssh tags target ulimit`;
    expect(keys.filter((key) => !key.includes("/"))).toEqual(inputs.split(/\s+/));
  });

  it("has the system of each platform", () => {
    const { targets } = JSON.parse(readFileSync("nix/systems.json", "utf8")) as {
      readonly targets: Readonly<Record<string, { readonly platform: Readonly<Record<string, string>> }>>;
    };
    const expected = Object.entries(targets).map(([system, { platform }]) => [
      `\`${["os", "architecture", "variant"].flatMap((part) => platform[part] ?? []).join("/")}\``,
      `\`${system}\``,
    ]);
    const found = rows.filter(([cell = ""]) => cell.includes("/"));
    expect(found.toSorted()).toEqual(expected.toSorted());
  });
});

describe("the times in README.md", () => {
  interface Result {
    readonly scenario: string;
    readonly subject: string;
    readonly wallMs: { readonly median: number };
  }

  function readMedian(benchmark: string, scenario: string, subject: string): number {
    const results = JSON.parse(readFileSync(`bench/results/${benchmark}.json`, "utf8")) as readonly Result[];
    const found = results.find(
      (result) => result.scenario === scenario && result.subject.startsWith(subject),
    );
    return found?.wallMs.median ?? Number.NaN;
  }

  const row = (start: string) =>
    (texts.get("README.md") ?? "").split("\n").find((line) => line.startsWith(`| ${start}`)) ?? "";

  it.each([
    ["java", "emulate", "cross-compile"],
    ["java", "remote", "native"],
    ["node", "emulate", "cross-compile"],
    ["node", "remote", "native"],
  ])("are those of the benchmark: %s, %s against %s", (app, strategy, reference) => {
    const [time, unit] = [strategy, reference].map((name) =>
      readMedian("strategies", `${app}-changed`, name),
    ) as [number, number];
    const name = app === "java" ? "Java" : "Node.js";
    expect(row("time to rebuild")).toMatch(
      new RegExp(`${(time / unit).toFixed(1)}(?: times as long as natively)? for (?:a|the) ${name} app`),
    );
  });

  it.each(["nix --builders", "cross-build"])("are those of the benchmark: builders, %s", (subject) => {
    const seconds = ["graph-40-rtt0", "graph-40-one-dead"].map((scenario) =>
      (readMedian("builders", scenario, subject) / 1000).toFixed(1),
    );
    expect(row("time of 40")).toContain(`${seconds.join(" s; ")} s when a second builder is dead`);
  });
});
