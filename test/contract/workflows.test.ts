import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

import { NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "runs-on"?: string;
  readonly concurrency?: {
    readonly group: string;
    readonly "cancel-in-progress": boolean;
    readonly queue?: string;
  };
  readonly "timeout-minutes"?: number;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly Step[];
}

interface WorkflowInput {
  readonly description: string;
  readonly default: unknown;
  readonly type: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>> & {
    readonly workflow_call?: {
      readonly inputs?: Readonly<Record<string, WorkflowInput>>;
      readonly secrets?: Readonly<Record<string, { readonly required: boolean }>>;
    };
  };
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = ".github/workflows";
const OWN = /^fluo\/cross-build(\/\w+)?@(.+)$/;
const CALLED = /^fluo\/cross-build\/\.github\/workflows\/([\w-]+\.yml)@v1$/;
const names = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".yml"));

/** Finds the inputs in a step's `with` that our action does not have. */
function findUnknownInputs({ uses = "", with: given = {} }: Step): readonly string[] {
  const [, folder = ""] = OWN.exec(uses) ?? [];
  const action = parse(readFileSync(join(`.${folder}`, "action.yml"), "utf8")) as { inputs: object };
  return Object.keys(given).filter((name) => !(name in action.inputs));
}

const projects = globSync(`{templates,examples}/*/${FOLDER}/*.yml`);

const texts = new Map([
  ...names(FOLDER).map((name) => [join(FOLDER, name), readFileSync(join(FOLDER, name), "utf8")] as const),
  ...[...names("workflows").map((name) => join("workflows", name)), ...projects].map(
    (file) => [file, readFileSync(file, "utf8")] as const,
  ),
]);
const workflows = [...texts].map(([file, text]) => [file, parse(text) as Workflow] as const);
const called = new Map(
  workflows.flatMap(([file, workflow]) =>
    workflow.on.workflow_call === undefined ? [] : [[basename(file), workflow] as const],
  ),
);
const jobs = workflows.flatMap(([file, workflow]) =>
  Object.entries(workflow.jobs).map(([name, job]) => [`${file}, ${name}`, job, workflow] as const),
);

describe("the linters", () => {
  let folder: string;
  let bin: string;
  beforeAll(() => {
    bin = execFileSync("script/linters", { encoding: "utf8" }).trim();
    folder = mkdtempSync(join(tmpdir(), "workflows-"));
    // Lint the templates as the workflows of a repository, which they become.
    mkdirSync(join(folder, FOLDER), { recursive: true });
    mkdirSync(join(folder, ".git"));
    for (const [file, text] of texts) writeFileSync(join(folder, place(file)), text);
  }, 300_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const lint = (tool: string, ...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(join(bin, tool), args, { cwd: folder, encoding: "utf8" });
    return { status, said: status === 0 ? "" : `${stdout}${stderr}` };
  };
  /**
   * Keeps our own workflows at their path, since they call each other, and puts the templates beside them.
   */
  const place = (file: string) =>
    join(FOLDER, file.startsWith(FOLDER) ? basename(file) : file.replaceAll("/", "-"));
  const files = () => [...texts.keys()].map(place);

  it("find nothing: actionlint", () => {
    // GitHub's own parser knows this key; actionlint 1.7.12 does not yet.
    const unknown = ["-ignore", 'unexpected key "queue" for "concurrency" section'];
    expect(lint("actionlint", ...unknown, ...files())).toEqual({ status: 0, said: "" });
  });

  it("find nothing: zizmor, pedantic", () => {
    const folders = ["", "setup/", "gate/", "doctor/", "total/"];
    const actions = folders.map((folder) => resolve(`${folder}action.yml`));
    const options = ["--offline", "--persona", "pedantic", "--config", resolve(".github/zizmor.yml")];
    expect(lint("zizmor", ...options, ...files(), ...actions)).toEqual({ status: 0, said: "" });
  });

  it("find a script injection", () => {
    const hole = join(FOLDER, "hole.yml");
    const job = "runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.event.issue.title }}";
    writeFileSync(join(folder, hole), `on: issues\njobs:\n  a:\n    ${job}\n`);
    expect(lint("actionlint", hole).said).toContain("untrusted");
    expect(lint("zizmor", "--offline", hole).said).toContain("template-injection");
    rmSync(join(folder, hole));
  });

  it.each([...texts])("find nothing: GitHub's own parser in %s", (name, content) => {
    const { context } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
  });
});

describe("every job", () => {
  it.each(jobs)("has its own permissions and a time limit: %s", (_, job, workflow) => {
    expect(workflow.permissions).toEqual({});
    expect(job.permissions).toBeDefined();
    if (job.uses === undefined) expect(job["timeout-minutes"]).toBeGreaterThan(0);
  });

  it.each(jobs)("has no expression in a script, and no credentials in its checkout: %s", (_, job) => {
    for (const step of job.steps ?? []) {
      expect(step.run ?? "").not.toContain("${{");
      if (step.uses?.startsWith("actions/checkout@") === true) {
        expect(step.with).toMatchObject({ "persist-credentials": false });
      }
    }
  });

  it.each(jobs)("uses only our actions and GitHub's own: %s", (_, job) => {
    for (const { uses } of job.steps ?? []) {
      if (uses !== undefined)
        expect(uses).toMatch(
          /^(?:fluo\/cross-build|\.\/|actions\/(?:attest|cache|checkout)@|github\/codeql-action\/)/,
        );
    }
  });
});

describe("the reusable workflows", () => {
  const { version } = parse(readFileSync("package.json", "utf8")) as { version: string };
  const steps = [...called].flatMap(([file, { jobs: all }]) =>
    Object.values(all).flatMap(({ steps: own = [] }) => own.map((step) => [file, step] as const)),
  );
  const ours = steps.filter(([, { uses = "" }]) => OWN.test(uses));

  it("exist", () => {
    expect([...called.keys()].toSorted()).toEqual([
      "builder-health.yml",
      "cache-warmup.yml",
      "cross-build.yml",
      "pr-check.yml",
      "provision-kubernetes.yml",
    ]);
    expect(ours.length).toBeGreaterThan(5);
  });

  it.each(ours)("in %s use the actions of their own release, with inputs that exist", (_, step) => {
    expect(OWN.exec(step.uses ?? "")?.[2]).toBe(`v${version}`);
    expect(findUnknownInputs(step)).toEqual([]);
  });

  it.each([...called])("give every input a description, and a default of its type: %s", (_, { on }) => {
    for (const spec of Object.values(on.workflow_call?.inputs ?? {})) {
      expect(spec.description).toMatch(/\w/);
      expect(typeof spec.default).toBe(spec.type);
    }
  });

  it.each([...called])("pass on every input and secret that they offer: %s", (_, { on, jobs: all }) => {
    const said = JSON.stringify(all);
    const { inputs = {}, secrets = {} } = on.workflow_call ?? {};
    const names = [
      ...Object.keys(inputs).map((name) => `inputs.${name}`),
      ...Object.keys(secrets).map((name) => `secrets.${name}`),
    ];
    expect(names.filter((name) => !new RegExp(`${name.replace(".", "\\.")}(?![\\w-])`).test(said))).toEqual(
      [],
    );
  });

  it.each([...called])("take the cache as a secret if they take its signing key: %s", (_, { on }) => {
    const { secrets = {} } = on.workflow_call ?? {};
    // A caller cannot put a secret, such as the password in the cache's URL, into an input.
    if ("cache-signing-key" in secrets) expect(secrets).toHaveProperty("cache");
  });

  it.each([...called])("let the caller choose every runner: %s", (_, { jobs: all }) => {
    for (const job of Object.values(all)) expect(job["runs-on"]).toMatch(/inputs\.runners?\b/);
  });

  it.each([...called])("require no secret: %s", (_, { on }) => {
    for (const secret of Object.values(on.workflow_call?.secrets ?? {})) expect(secret.required).toBe(false);
  });

  it("promote one after the other, and only what has passed its gates", () => {
    const { promote, success } = called.get("cross-build.yml")?.jobs ?? {};
    expect(promote?.concurrency).toMatchObject({ "cancel-in-progress": false, queue: "max" });
    expect(promote?.needs).toEqual(["build", "gate"]);
    // With one of these functions in its condition, the job would run even if a job that it needs has failed.
    expect(promote?.if).not.toMatch(/always|cancelled|failure/);
    expect(success).toMatchObject({ if: "always()", needs: ["build", "gate", "promote"], permissions: {} });
  });

  it("have no permission to write for a pull request", () => {
    const all = Object.values(called.get("pr-check.yml")?.jobs ?? {}).flatMap(({ permissions = {} }) =>
      Object.entries(permissions),
    );
    expect(all).toEqual([["contents", "read"]]);
    const check = called.get("pr-check.yml")?.jobs["check"]?.steps?.at(-1)?.with;
    expect(check).toMatchObject({ push: false });
    expect(check).not.toHaveProperty("tags");
  });
});

describe("the templates", () => {
  const starters = names("workflows").map((name) => join("workflows", name));
  const templates = [...starters, ...projects].map(
    (file) => [file, parse(readFileSync(file, "utf8")) as Workflow] as const,
  );
  const examples = [
    ...readFileSync("docs/workflows.md", "utf8").matchAll(/^```yaml\n([^]*?)^```$/gm),
  ].flatMap(([, yaml = ""], index) => {
    const example = parse(yaml) as Workflow;
    const isCall = Object.values(example.jobs).some(({ uses = "" }) => CALLED.test(uses));
    return isCall ? [[`docs/workflows.md, ${index + 1}`, example] as const] : [];
  });

  it.each([...templates, ...examples])(
    "call workflows that exist, with inputs of the right type and secrets that exist: %s",
    (_, { jobs: all }) => {
      for (const job of Object.values(all)) {
        if (job.steps !== undefined) {
          const ours = job.steps.filter(({ uses = "" }) => OWN.test(uses));
          expect(ours).toHaveLength(1);
          for (const step of ours) expect(findUnknownInputs(step)).toEqual([]);
          continue;
        }
        const [, file = ""] = CALLED.exec(job.uses ?? "") ?? [];
        const call = called.get(file)?.on.workflow_call;
        expect(call).toBeDefined();
        for (const [name, value] of Object.entries(job.with ?? {})) {
          const type = call?.inputs?.[name]?.type;
          // The type of an expression is known only in a run.
          const isExpression = typeof value === "string" && value.startsWith("${{");
          expect([name, isExpression ? type : typeof value]).toEqual([name, type ?? "an input that exists"]);
        }
        expect(Object.keys(job.secrets ?? {}).filter((name) => !(name in (call?.secrets ?? {})))).toEqual([]);
      }
    },
  );

  it.each([...templates, ...examples])("grant what the called jobs need: %s", (_, { jobs: all }) => {
    for (const { uses = "", permissions = {}, with: given = {} } of Object.values(all)) {
      const needed = Object.entries(called.get(CALLED.exec(uses)?.[1] ?? "")?.jobs ?? {})
        .filter(([name]) => name !== "issue" || given["open-issue"] === true)
        .flatMap(([, job]) => Object.entries(job.permissions ?? {}));
      for (const [scope, access] of needed) expect([access, "write"]).toContain(permissions[scope]);
    }
  });

  it.each([...starters, ...projects])("run as they are, without anything to fill in: %s", (file) => {
    const text = readFileSync(file, "utf8");
    expect(text).not.toMatch(/\$(?!\{\{)[a-z]/);
    const { on } = parse(text) as Workflow;
    const { branches, tags = [] } = (on["push"] ?? {}) as { branches?: unknown; tags?: readonly string[] };
    expect(branches ?? ["main"]).toEqual(["main"]);
    for (const tag of tags) expect(tag).toBe("v*");
    for (const { cron } of (on["schedule"] ?? []) as readonly { readonly cron: string }[])
      expect(cron).toMatch(/^\d+ \d+ \* \* \*$/);
  });

  it("release a version tag, and what is started by hand, by the name that it has", () => {
    const { on, jobs: all } = parse(readFileSync("workflows/release.yml", "utf8")) as Workflow;
    expect(on).toEqual({ push: { branches: ["main"], tags: ["v*"] }, workflow_dispatch: null });
    expect(all["image"]).toMatchObject({ if: "github.ref_name == 'main' || github.ref_type == 'tag'" });
    expect(all["image"]?.with?.["tags"]).toContain("github.ref_type == 'tag' && github.ref_name || 'latest'");
  });

  it("of projects have a workflow for pushes and one for pull requests, which may only read", () => {
    const folders = [...new Set(projects.map((file) => dirname(file)))];
    expect(folders.length).toBeGreaterThan(4);
    for (const folder of folders) {
      expect(names(folder).sort()).toEqual(["image.yml", "pull-request.yml"]);
      const { on, jobs: all } = parse(readFileSync(join(folder, "pull-request.yml"), "utf8")) as Workflow;
      expect(Object.keys(on)).toEqual(["pull_request", "merge_group"]);
      expect(Object.values(all).map(({ permissions }) => permissions)).toEqual([{ contents: "read" }]);
    }
  });

  // Octicons, which also work in the `.github` repository of an organization.
  // @see https://docs.github.com/actions/how-tos/reuse-automations/create-workflow-templates
  it.each(starters)("have an icon and categories that GitHub has: %s", (name) => {
    const file = name.replace(/\.yml$/, ".properties.json");
    const properties = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, unknown>>;
    expect(Object.keys(properties)).toEqual([
      "name",
      "description",
      "creator",
      "iconName",
      "categories",
      "filePatterns",
    ]);
    const octicons = ["pulse", "database", "stack", "git-pull-request", "rocket"];
    expect(octicons.map((icon) => `octicon ${icon}`)).toContain(properties["iconName"]);
    // "Nix" is there because it is one of GitHub's languages.
    const known = ["Continuous integration", "Deployment", "Monitoring", "Nix"];
    expect(known).toEqual(expect.arrayContaining(properties["categories"] as string[]));
  });
});
