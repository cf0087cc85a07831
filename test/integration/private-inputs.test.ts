import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";

import { makeCertificate } from "../certificates.js";
import { COMMON, FIXTURE, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { readChildEnvironments, readCommandLines, searchFiles } from "../secret-search.js";
import { asInputs, type Builder, readNixRelease, startBuilder, startGitServer } from "../testbed.js";

/** Nix puts no port into the URLs of these servers, so each has an address of its own. */
const GITHUB = "127.0.0.1";
const GITLAB = "127.0.0.2";
/** A server whose API Nix does not know, such as Forgejo: it serves archives and git. */
const FORGE = "127.0.0.3";
const TOKENS = {
  [GITHUB]: "ghe_0123456789abcdefghij",
  [GITLAB]: "glpat-abcdefghij0123456789",
  [FORGE]: "forge0123456789abcdefghi",
};
const ACCESS = `${GITHUB}=${TOKENS[GITHUB]}\n${GITLAB}=PAT:${TOKENS[GITLAB]}\n${FORGE}=${TOKENS[FORGE]}`;
const basic = (token: string) => Buffer.from(`x-access-token:${token}`).toString("base64");
/** What each server requires in a header: `Authorization`, or GitLab's own `Private-Token`. */
const REQUIRED: Readonly<Record<string, string>> = {
  [GITHUB]: `token ${TOKENS[GITHUB]}`,
  [GITLAB]: TOKENS[GITLAB],
  [FORGE]: `Basic ${basic(TOKENS[FORGE])}`,
};
/** Nix caches what it fetches by the revision, so each server has one of its own. */
const REVISIONS = { [GITHUB]: "1".repeat(40), [GITLAB]: "2".repeat(40) };

const machine = makeTemporaryFolder("private");
/** The inputs, by what fetches them. */
const NAMES = ["github", "gitlab", "tarball", "https", "ssh"];
const ARCHIVES: Record<string, string> = { [GITHUB]: "github", [GITLAB]: "gitlab", [FORGE]: "tarball" };
let builder: Builder;
let git: Awaited<ReturnType<typeof startGitServer>>;
let stopServer: () => void;
let trust: { readonly NIX_SSL_CERT_FILE: string; readonly GIT_SSL_CAINFO: string };
/** The credential of every request, by the server that got it. */
let seen: { readonly host: string; readonly credential: string | undefined }[] = [];

beforeAll(async () => {
  builder = await startBuilder(join(machine, "builder"));
  git = await startGitServer(join(machine, "git"), join(builder.folder, "id_ed25519"));
  // Different contents: Nix does not fetch what it has under the same hash.
  for (const name of NAMES) {
    mkdirSync(join(machine, "inputs", name), { recursive: true });
    writeFileSync(join(machine, "inputs", name, "version"), `-${name}`);
  }
  for (const name of ["https", "ssh"]) createRepository(name);
  stopServer = await startServer();
}, 120_000);
afterAll(async () => {
  stopServer();
  await git.stop();
  await builder.stop();
  removeTemporaryFolders();
});
beforeEach(() => {
  seen = [];
});

/** Commits an input to the repository `NAME.git`. */
function createRepository(name: string): void {
  const tree = join(machine, "inputs", name);
  const folders = [`--git-dir=${join(machine, `${name}.git`)}`, `--work-tree=${tree}`];
  const run = (...args: readonly string[]) => execFileSync("git", [...folders, ...args], { cwd: tree });
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=master", join(machine, `${name}.git`)]);
  run("add", ".");
  run("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message=input");
}

/** An HTTPS server on all addresses, which answers only requests with the token of the address. */
async function startServer(): Promise<() => void> {
  const { key, cert, authorityFile } = makeCertificate(machine, [GITHUB, GITLAB, FORGE]);
  trust = { NIX_SSL_CERT_FILE: authorityFile, GIT_SSL_CAINFO: authorityFile };
  const pack = (name = "") => execFileSync("tar", ["-C", join(machine, "inputs"), "-cz", name]);
  const server = createServer({ key, cert }, (request, response) => {
    const host = request.socket.localAddress ?? "";
    const header = request.headers.authorization ?? request.headers["private-token"];
    const credential = header?.toString();
    seen.push({ host, credential });
    const url = request.url ?? "";
    if (credential !== REQUIRED[host]) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="private"' }).end();
    } else if (url.includes("/commits/"))
      response.end(JSON.stringify({ sha: REVISIONS[GITHUB], commit: { tree: { sha: "3".repeat(40) } } }));
    else if (url.includes("/commits?")) response.end(JSON.stringify([{ id: REVISIONS[GITLAB] }]));
    else if (/tarball|archive/.test(url)) response.end(pack(ARCHIVES[host]));
    else serveGit(request, response);
  }).listen(443, "0.0.0.0");
  await once(server, "listening");
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

/** @see git-http-backend(1) */
function serveGit(request: IncomingMessage, response: ServerResponse): void {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: machine,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: request.headers["git-protocol"]?.toString() ?? "",
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf("\r\n\r\n");
    const lines = answer.subarray(0, end).toString().split("\r\n");
    const headers = Object.fromEntries(lines.map((line) => line.split(": ") as [string, string]));
    response
      .writeHead(Number.parseInt(headers["Status"] ?? "200", 10), headers)
      .end(answer.subarray(end + 4));
  });
}

/** The fixture's flake, whose packages need five private inputs, each with a part of the version. */
function createFlake(wanted: (name: string) => boolean = () => true): string {
  const folder = makeTemporaryFolder("private-flake");
  cpSync(FIXTURE, folder, { recursive: true });
  const all = {
    github: `github:team/hello?host=${GITHUB}`,
    gitlab: `gitlab:team/hello?host=${GITLAB}`,
    tarball: `https://${FORGE}/archive/hello.tar.gz`,
    https: `git+https://${FORGE}/https.git`,
    ssh: `git+ssh://root@127.0.0.1:${git.port}${machine}/ssh.git`,
  };
  const inputs = Object.entries(all).filter(([name]) => wanted(name));
  const names = inputs.map(([name]) => name);
  const lines = inputs.map(([name, url]) => `${name} = { url = "${url}"; flake = false; };`);
  const versions = names.map((name) => `builtins.readFile "\${${name}}/version"`).join(" + ");
  const text = readFileSync(join(FIXTURE, "flake.nix"), "utf8")
    .replace(
      "outputs = { self }:",
      `inputs = { ${lines.join(" ")} };\n  outputs = { self, ${names.join(", ")} }:`,
    )
    .replace('version = "1.0.0"', `version = "1.0" + ${versions}`);
  writeFileSync(join(folder, "flake.nix"), text);
  return folder;
}

/** Locks the inputs, so that Nix fetches them no sooner than it needs them: when it evaluates the package. */
function lock(flake: string): void {
  const nix = "/nix/var/nix/profiles/default/bin/nix";
  const trees = NAMES.map((name) => join(machine, "inputs", name));
  const hash = [nix, "--extra-experimental-features", "nix-command", "hash", "path", ...trees];
  const hashes = execFileSync("script/testbed/isolated", [builder.folder, ...hash], { encoding: "utf8" });
  const head = (name: string) => readFileSync(join(machine, `${name}.git/refs/heads/master`), "utf8").trim();
  const hosted = (type: string, host: string) => ({ type, owner: "team", repo: "hello", host });
  const gitAt = (url: string) => ({ type: "git", url });
  const ref = "refs/heads/master";
  const sources: Readonly<Record<string, readonly [original: object, locked: object]>> = {
    github: [hosted("github", GITHUB), { rev: REVISIONS[GITHUB] }],
    gitlab: [hosted("gitlab", GITLAB), { rev: REVISIONS[GITLAB] }],
    tarball: [{ type: "tarball", url: `https://${FORGE}/archive/hello.tar.gz` }, {}],
    https: [gitAt(`https://${FORGE}/https.git`), { rev: head("https"), ref }],
    ssh: [gitAt(`ssh://root@127.0.0.1:${git.port}${machine}/ssh.git`), { rev: head("ssh"), ref }],
  };
  const nodes = Object.fromEntries(
    NAMES.map((name, index) => {
      const [original = {}, locked] = sources[name] ?? [];
      const narHash = hashes.split("\n")[index];
      return [name, { flake: false, original, locked: { ...original, ...locked, narHash } }];
    }),
  );
  const inputs = Object.fromEntries(NAMES.map((name) => [name, name]));
  const text = JSON.stringify({ version: 7, root: "root", nodes: { ...nodes, root: { inputs } } });
  writeFileSync(join(flake, "flake.lock"), text);
}

function findSecrets(text: string): readonly string[] {
  const tokens = Object.values(TOKENS).flatMap((token) => [token, basic(token), btoa(`oauth2:${token}`)]);
  const secrets = [...tokens, ...builder.key.split("\n").slice(1, -2)];
  return secrets.filter((secret) => text.includes(secret));
}

/** The inputs of a job that may read all of the flake's inputs. */
const access = () => ({
  ...asInputs([builder]),
  "ssh-known-hosts": `${builder.knownHosts}\n${git.knownHosts}`,
  "access-tokens": ACCESS,
});

it("builds from inputs of every kind of server, and leaks no token", async () => {
  const flake = createFlake();
  lock(flake);
  const runner = createRunner(machine);
  const step = runner.startStep({
    inputs: {
      ...COMMON,
      ...readNixRelease("sid"),
      ...access(),
      installables: `path:${flake}#image`,
      strategy: "remote",
    },
    env: trust,
  });
  const leaks = new Set<string>();
  while (step.child.exitCode === null) {
    const environments = readChildEnvironments(step.child.pid ?? 0);
    for (const secret of findSecrets([readCommandLines(), ...environments].join("\n"))) leaks.add(secret);
    await sleep(15);
  }
  const main = await step.result;
  if (main.exitCode !== 0) throw new Error(main.log);
  expect([...leaks]).toEqual([]);
  const report = readReport(main);
  // Nix evaluates for the builder's store, with the configuration that its daemon gets.
  expect(report.attempts).toMatchObject([{ mode: "single-store" }]);
  expect(report.builds.map(({ name }) => name)).toContain(
    `server-x86_64-linux-1.0${NAMES.map((name) => `-${name}`).join("")}`,
  );

  // Each server has seen its own token, and no other's.
  const credentials = seen.filter(({ credential }) => credential !== undefined);
  expect(new Set(credentials.map(({ host }) => host))).toEqual(new Set(Object.keys(REQUIRED)));
  expect(credentials.filter(({ host, credential }) => credential !== REQUIRED[host])).toEqual([]);
  expect(git.readLog()).toContain("Accepted publickey for root");

  const written = [
    main.log,
    main.summary,
    JSON.stringify([main.outputs, main.state]),
    JSON.stringify(report),
  ];
  expect(findSecrets(written.join("\n"))).toEqual([]);
  const masked = new Set([...step.readLog().matchAll(/^::add-mask::(.*)$/gm)].map(([, line]) => line));
  for (const token of Object.values(TOKENS)) expect([...masked]).toContain(token);
  const kept = searchFiles(runner.folder, findSecrets);
  expect(kept.map(({ path, mode }) => [path.split("/").at(-1), mode]).sort()).toEqual([
    ["git-credentials", 0o600],
    ["netrc", 0o600],
    ["store-nix.conf", 0o600],
    ["user-nix.conf", 0o600],
  ]);
  expect(kept.filter(({ path }) => !path.startsWith(join(runner.temp, "cross-build-")))).toEqual([]);

  const post = await runner.runStep({ state: main.state });
  expect(findSecrets(post.log)).toEqual([]);
  expect(searchFiles(runner.folder, findSecrets)).toEqual([]);
  // Neither this machine's stores and caches nor those of the builder have got one.
  const folders = [machine, builder.folder].flatMap((folder) =>
    ["nix", "etc-nix", "root-cache"].map((name) => join(folder, name)),
  );
  expect(grep(folders.filter((folder) => existsSync(folder)))).toEqual([]);
}, 240_000);

/** The files in these folders that contain a token. */
function grep(folders: readonly string[]): readonly string[] {
  const patterns = Object.values(TOKENS).flatMap((token) => ["-e", token, "-e", basic(token)]);
  try {
    return execFileSync("grep", ["-rlF", ...patterns, "--", ...folders], { encoding: "utf8" }).split("\n");
  } catch (error) {
    // 1: nothing was found. @see grep(1), "EXIT STATUS"
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}

it("gives a fork's code neither tokens nor the key, even if the event provides them", async () => {
  const runner = createRunner(machine);
  const payload = join(runner.folder, "payload.json");
  const head = { repo: { full_name: "stranger/hello" } };
  writeFileSync(payload, JSON.stringify({ repository: { full_name: "team/hello" }, pull_request: { head } }));
  const accepted = countLogins();
  const run = async (input: string) => {
    // Not locked: the inputs of the first test, by their hashes, are in the store.
    const flake = createFlake((name) => name === input);
    const step = await runner.runStep({
      inputs: { ...COMMON, ...access(), builders: "", installables: `path:${flake}#image` },
      env: { ...trust, GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: payload },
    });
    await runner.runStep({ state: step.state });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "FLAKE_INVALID" } });
    expect(step.log).toContain("access-tokens is not used: what this run builds may be the code of a fork");
    expect(step.log).toContain("If it is private, set access-tokens");
  };
  await run("github");
  expect(seen).not.toEqual([]);
  await run("ssh");
  expect(seen.map(({ credential }) => credential)).toEqual(seen.map(() => undefined));
  expect(countLogins()).toBe(accepted);
}, 120_000);

/** How often the git server has accepted the key. */
function countLogins(): number {
  return git.readLog().split("Accepted publickey").length - 1;
}

it("the doctor uses the same access, from the variables of the CLI, without a lock file", async () => {
  const other = makeTemporaryFolder("private-doctor");
  const release = readlinkSync(resolve(".testbed/nix/trixie.latest"));
  execFileSync("script/testbed/install-nix", [other, join(".testbed/nix", release)]);
  const flake = createFlake();
  const examine = async (knownHosts: string) => {
    const args = ["doctor", "--installables", `path:${flake}#image`, "--ssh-known-hosts", knownHosts];
    const cli = [other, process.execPath, resolve("dist/cli/index.js"), ...args, "--strategy", "native"];
    const child = spawn("script/testbed/isolated", cli, {
      env: {
        PATH: process.env["PATH"],
        HOME: makeTemporaryFolder("private-home"),
        CROSS_BUILD_ACCESS_TOKENS: ACCESS,
        CROSS_BUILD_SSH_PRIVATE_KEY: builder.key,
        ...trust,
      },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text: Buffer) => (said += text.toString()));
    const [status] = (await once(child, "close")) as [number];
    expect(findSecrets(said)).toEqual([]);
    return { status, said };
  };
  const { status, said } = await examine(git.knownHosts);
  expect({ status, said: status === 0 ? "" : said }).toEqual({ status: 0, said: "" });
  expect(new Set(seen.flatMap(({ host, credential }) => (credential === undefined ? [] : host)))).toEqual(
    new Set(Object.keys(REQUIRED)),
  );
  // A git server with another key than the given one is refused.
  const accepted = countLogins();
  const otherKey = builder.knownHosts.replace(/^\S+/, `[127.0.0.1]:${git.port}`);
  expect(await examine(otherKey)).toEqual({
    status: 1,
    said: expect.stringContaining("ssh-known-hosts for its server") as unknown,
  });
  expect(countLogins()).toBe(accepted);
}, 120_000);
