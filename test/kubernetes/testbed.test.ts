import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, describe, expect, it } from "@jest/globals";

import { makeTemporaryFolder, pathWithout, removeTemporaryFolders } from "../runner.js";

const LIMIT_MS = 240_000;
const KUBE = resolve("script/testbed/kube");
const CGROUPS = "/sys/fs/cgroup";
/** Sysctls that change by themselves. */
const VOLATILE =
  /^(kernel\.(random|ns_last_pid|pty\.nr)|fs\.(dentry|file|inode|aio|quota)|net\.netfilter\.\w*count|vm\.drop_caches)/;
/** The cgroups of other clusters, and of the container engines in other boxes. */
const OTHERS = /^(cross-build-|docker|libpod|buildkit|machine)/;

afterAll(() => {
  removeTemporaryFolders();
});

function run(command: string, ...args: string[]): string[] {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n");
}

/** What a cluster could change on the machine. The network is the one outside of all boxes. */
function readMachine() {
  const outside = ["nsenter", "--net=/proc/1/fd/7"] as const;
  return {
    sysctls: run(...outside, "sysctl", "-a").filter((line) => !VOLATILE.test(line)),
    // Without counters and times.
    packetFilters: run(...outside, "iptables-save")
      .filter((line) => !line.startsWith("#"))
      .map((line) => line.replace(/\[\d+:\d+\]/, "")),
    interfaces: run(...outside, "ip", "-o", "link"),
    addresses: run(...outside, "ip", "-o", "address"),
    // The Docker engine of this box removes a container a moment after the test that used it.
    mounts: readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .filter((line) => !/\/docker\/(data|exec)\//.test(line)),
    folders: ["/", "/var/lib", "/var/log"].map((folder) => readdirSync(folder)),
    cgroups: listCgroups((name) => !OTHERS.test(name)),
  };
}

function listCgroups(isWanted: (name: string) => boolean): string[] {
  const hierarchies = existsSync(join(CGROUPS, "cgroup.controllers")) ? ["."] : readdirSync(CGROUPS);
  const entries = hierarchies.flatMap((hierarchy) =>
    readdirSync(join(CGROUPS, hierarchy), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isWanted(entry.name))
      .map((entry) => `${hierarchy}/${entry.name}`),
  );
  return entries.sort();
}

describe("a cluster of the test bed", () => {
  it.each(["ends", "is killed"])(
    "leaves the machine as it was when it %s",
    async (how) => {
      const folder = makeTemporaryFolder("cluster");
      const before = readMachine();
      const pod = `set -e
        kube() { .testbed/kubernetes/kube kubectl "$@"; }
        kube run pod --image localhost/pause:1 --image-pull-policy Never
        kube wait --for condition=Ready --timeout 120s pod/pod
        touch ${folder}/up
        until [ -e ${folder}/end ]; do sleep 0.1; done`;
      const box = spawn("script/testbed/box", ["--kube", "bash", "-c", pod], {
        env: { ...process.env, TMPDIR: folder },
        stdio: ["ignore", "ignore", "inherit"],
      });
      const ended = once(box, "exit");
      try {
        while (!existsSync(join(folder, "up")) && box.exitCode === null) await sleep(100);
        expect(box.exitCode).toBeNull();
        const name = readFileSync(join(folder, "kube/group"), "utf8").trim();
        const group = () => listCgroups((found) => found === name);
        expect(group()).not.toEqual([]);
        if (how === "ends") execFileSync("touch", [join(folder, "end")]);
        else box.kill("SIGKILL");
        await ended;
        // The kernel ends the processes of a killed box a moment after it.
        for (let i = 0; i < 100 && group().length > 0; i++) {
          execFileSync(KUBE, ["sweep"]);
          await sleep(100);
        }
        expect(group()).toEqual([]);
      } finally {
        box.kill("SIGKILL");
        await ended;
      }
      expect(readMachine()).toEqual(before);
    },
    LIMIT_MS,
  );

  it.each([
    [{ PATH: () => `${pathWithout("containerd")}:/usr/sbin` }, "this machine has no containerd"],
    [{ CNI: () => "/nowhere" }, "this machine has no /nowhere/ptp, /nowhere/host-local, /nowhere/loopback"],
  ])("that cannot run says what is missing (%#)", (given, said) => {
    const env = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value()]));
    const folder = makeTemporaryFolder("cluster");
    const { status, stderr } = spawnSync(KUBE, ["run", folder], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    expect({ status, stderr: stderr.trim() }).toEqual({ status: 1, stderr: `script/testbed/kube: ${said}` });
  });

  it(
    "whose programs cannot be made fails the suite, which says so and ends",
    () => {
      const { status, stdout } = spawnSync("script/test", ["kubernetes"], {
        encoding: "utf8",
        env: { ...process.env, XDG_CACHE_HOME: "/dev/null" },
      });
      expect(stdout).toContain("script/testbed/kube-programs failed: kube-programs: ");
      expect(stdout.trim()).toMatch(/, 1 failed$/);
      expect(status).toBe(1);
    },
    LIMIT_MS,
  );
});
