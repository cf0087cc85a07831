import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { systemOfHost } from "../../src/model/system.js";
import { COMMON, readReport, USABLE } from "../job.js";
import { connectNetwork, type Network } from "../network.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

const PAGE = readFileSync("docs/builder-setup.md", "utf8");

/** The only shell script of the page with this text in it. */
function readScript(text: string): string {
  const scripts = [...PAGE.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, script = ""]) => script);
  const [only, ...others] = scripts.filter((script) => script.includes(text));
  if (only === undefined || others.length > 0) throw new Error(`not one script with ${text} in ${PAGE}`);
  return only;
}

/** Stands in for systemd: starts what a unit names, and returns when that is ready. */
const SYSTEMCTL = `#!/bin/bash
set -euo pipefail
[[ $1 == restart ]] || exit 2
for unit in "\${@:2}"; do
  file=$(ls {/etc,/usr/lib,/lib}/systemd/system/$unit 2> /dev/null | head -n 1 || true)
  if [[ -e /run/$unit.pid ]]; then
    pid=$(cat /run/$unit.pid)
    kill $pid
    while kill -0 $pid 2> /dev/null; do sleep 0.02; done
  fi
  for folder in $(sed -n 's/^RuntimeDirectory=//p' "$file"); do mkdir -p /run/$folder; done
  # Without variables that no file sets. After an @ the second word is what the program is called.
  read -ra words <<< "$(sed -n 's/^ExecStart=//p' "$file" | sed 's/ \\$[A-Z_]*//g')"
  name=\${words[0]} args=("\${words[@]:1}")
  [[ $name != @* ]] || { name=\${words[1]} args=("\${words[@]:2}"); }
  rm -f /nix/var/nix/daemon-socket/socket
  (exec -a "$name" "\${words[0]#@}" "\${args[@]}") < /dev/null > /run/$unit.log 2>&1 &
  echo $! > /run/$unit.pid
  for _ in {1..250}; do
    kill -0 $! || { cat /run/$unit.log >&2; exit 1; }
    case $unit in
      ssh.service) ! (exec 3<> /dev/tcp/127.0.0.1/22) 2> /dev/null || break ;;
      nix-daemon.service) [[ ! -S /nix/var/nix/daemon-socket/socket ]] || break ;;
    esac
    sleep 0.02
  done
done
`;

interface DebianMachine {
  /** Runs a script there as root, and gives what it prints. */
  readonly run: (script: string) => string;
  readonly stop: () => Promise<void>;
}

/** A copy of this machine that lives as long as its namespace: what is written to its folders is its own. */
async function startMachine(folder: string, network: Network): Promise<DebianMachine> {
  const mounts = ["usr", "var", "etc"].map((top) => {
    const own = join(folder, "overlay", top);
    for (const part of ["upper", "work"]) mkdirSync(join(own, part), { recursive: true });
    return `mount -t overlay overlay -o lowerdir=/${top},upperdir=${own}/upper,workdir=${own}/work /${top}`;
  });
  if (network.nameServer !== undefined)
    writeFileSync(join(folder, "overlay/etc/upper/resolv.conf"), `nameserver ${network.nameServer}\n`);
  const systemctl = join(folder, "systemctl");
  writeFileSync(systemctl, SYSTEMCTL);
  chmodSync(systemctl, 0o755);
  const prepare = [
    ...mounts,
    // Hidden by the overlay.
    `mount --bind ${folder}/etc-nix /etc/nix`,
    "mount -t tmpfs tmpfs /run",
    "mount -t tmpfs tmpfs /home",
    `install -D ${systemctl} /usr/local/sbin/systemctl`,
    "rm -f /etc/ssh/ssh_host_*",
    "ssh-keygen -q -A",
    "echo ready",
    "exec sleep infinity",
  ].join("\n");
  const holder = spawn("script/testbed/isolated", [folder, "/bin/bash", "--norc", "-ec", prepare], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(holder, "close");
  const [said] = (await Promise.race([once(holder.stdout, "data"), ended])) as [Buffer | number | null];
  if (!Buffer.isBuffer(said)) throw new Error("the machine does not come up");
  const target = `--target=${holder.pid ?? 0}`;
  return {
    run: (script) =>
      execFileSync("nsenter", [target, "--mount", "/bin/bash", "--norc", "-ec", script], {
        encoding: "utf8",
        env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    stop: async () => {
      holder.kill("SIGKILL");
      await ended;
    },
  };
}

const folder = makeTemporaryFolder("builder-setup");
const client = makeTemporaryFolder("builder-client");
const system = systemOfHost(process.platform, process.arch);
let network: Network;
let machine: DebianMachine;
let inputs: Readonly<Record<string, string>>;

/** The script of the page, with the key and the name that a reader puts into it. */
function setUp(): string {
  const publicKey = readFileSync(join(client, "builder-key.pub"), "utf8").trim();
  const script = readScript("apt-get")
    .replace("ssh-ed25519 AAAA… ci", publicKey)
    .replace("$(hostname -f)", "127.0.0.1");
  const printed = machine.run(script);
  // The network here does not lead to cache.nixos.org.
  machine.run("echo substituters = >> /etc/nix/nix.conf; systemctl restart nix-daemon.service");
  return printed;
}

beforeAll(async () => {
  network = await connectNetwork();
  machine = await startMachine(folder, network);
  execFileSync("/bin/bash", ["-ec", readScript("ssh-keygen")], { cwd: client });
  const printed = setUp();
  inputs = {
    ...COMMON,
    builders: /^builders: +(.*)$/m.exec(printed)?.[1] ?? "",
    "ssh-known-hosts": /^ssh-known-hosts: +(.*)$/m.exec(printed)?.[1] ?? "",
    "ssh-private-key": readFileSync(join(client, "builder-key"), "utf8"),
  };
}, 300_000);
afterAll(async () => {
  await machine.stop();
  await network.stop();
  removeTemporaryFolders();
});

/** What a job makes of the builder: a derivation that was never built before. */
async function build() {
  const flake = makeTemporaryFolder("flake");
  const derivation = `derivation {
    name = "made-${randomUUID()}";
    system = "${system}";
    builder = "/bin/sh";
    args = [ "-c" "echo made > $out" ];
  }`;
  writeFileSync(
    join(flake, "flake.nix"),
    `{ outputs = _: { packages.${system}.default = ${derivation}; }; }`,
  );
  const runner = createRunner(client);
  const step = await runner.runStep({
    inputs: { ...inputs, installables: `path:${flake}#default`, systems: system, strategy: "remote" },
  });
  await runner.runStep({ state: step.state });
  if (step.exitCode !== 0) throw new Error(step.log);
  return readReport(step);
}

/** What the setup action finds out about the builder. */
async function probe(): Promise<unknown> {
  const runner = createRunner(client);
  const step = await runner.runStep({ action: "setup", inputs });
  await runner.runStep({ action: "setup", state: step.state });
  if (step.exitCode !== 0) throw new Error(step.log);
  return JSON.parse(step.outputs["builders"] ?? "");
}

const BUILT = [{ outcome: "built", place: "ssh-ng://127.0.0.1:22" }];

describe("the builder of docs/builder-setup.md", () => {
  it("builds in its own store, with the lines that the script prints", async () => {
    const { attempts, builders, builds } = await build();
    expect(builders).toMatchObject([USABLE]);
    expect(attempts).toMatchObject([{ mode: "single-store", outcome: "built" }]);
    expect(builds).toMatchObject(BUILT);
  }, 120_000);

  it("stays as it is when the script runs again", async () => {
    expect(setUp()).toContain(inputs["ssh-known-hosts"]);
    expect(await probe()).toMatchObject([USABLE]);
  }, 120_000);

  it("gets no builds while it is draining, and is back when its garbage is collected", async () => {
    const script = readScript("draining");
    machine.run(script.replace(/^while [^]*/m, ""));
    expect(await probe()).toMatchObject([{ state: "dropped", code: "BUILDER_UNFIT" }]);
    machine.run(script);
    expect(await probe()).toMatchObject([USABLE]);
  }, 120_000);

  it("builds through the build hook where its key starts Nix alone", async () => {
    machine.run(readScript("nix-daemon --stdio"));
    const { attempts, builders, builds } = await build();
    expect(builders).toMatchObject([USABLE]);
    expect(attempts).toMatchObject([{ mode: "build-hook", outcome: "built" }]);
    expect(builds).toMatchObject(BUILT);
  }, 120_000);
});
