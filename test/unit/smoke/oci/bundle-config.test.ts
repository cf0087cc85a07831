import { describe, expect, it } from "@jest/globals";

import { commandOf, renderBundleConfig } from "../../../../src/smoke/oci/bundle-config.js";
import { tryParseStopSignal } from "../../../../src/smoke/oci/stop-signal.js";

const OPTIONS = {
  ...{ ports: [], args: [], environment: {}, user: undefined, memoryBytes: undefined },
  ...{ isReadOnly: false, volumes: [] },
};
const rootfs = { diff_ids: [] };
const user = { uid: 1000, gid: 100, additionalGids: [33], home: "/srv" };
const base = { folder: "/run/bundle", hostname: "box", options: OPTIONS, user, isForkCode: false };

describe("the configuration of a container", () => {
  it("has the command of the image, with other arguments in place of its own", () => {
    const config = { config: { Entrypoint: ["/entry"], Cmd: ["serve"] }, rootfs };
    expect(commandOf(config, { args: [] })).toEqual(["/entry", "serve"]);
    expect(commandOf(config, { args: ["--version"] })).toEqual(["/entry", "--version"]);
    expect(commandOf({ config: null, rootfs }, { args: [] })).toEqual([]);
  });

  it("has the variables of the image and of the smoke test, each once", () => {
    const config = { config: { Env: ["PATH=/bin", "A=1", "B=x=y", "=odd"] }, rootfs };
    const options = { ...OPTIONS, environment: { A: "2", GREETING: "hello = 'world'" } };
    expect(renderBundleConfig({ ...base, config, options })).toMatchObject({
      process: {
        user: { uid: 1000, gid: 100, additionalGids: [33] },
        cwd: "/",
        env: ["PATH=/bin", "HOSTNAME=box", "HOME=/srv", "A=2", "B=x=y", "GREETING=hello = 'world'"],
      },
    });
  });

  it("mounts nothing of the machine but its own files in /etc", () => {
    const options = { ...OPTIONS, isReadOnly: true, volumes: ["/data"] };
    const { mounts, root } = renderBundleConfig({ ...base, config: { rootfs }, options }) as {
      readonly root: object;
      readonly mounts: readonly {
        readonly destination: string;
        readonly type: string;
        readonly source: string;
      }[];
    };
    expect(root).toEqual({ path: "root", readonly: true });
    expect(mounts.filter(({ type }) => type === "bind").map(({ source }) => source)).toEqual([
      "/run/bundle/hosts",
      "/run/bundle/hostname",
      "/run/bundle/resolv.conf",
    ]);
    expect(mounts.map(({ destination }) => destination)).toEqual(expect.arrayContaining(["/tmp", "/data"]));
  });

  it.each([
    [false, undefined, undefined],
    [false, 1000, 1000],
    [true, 1000, 1000],
  ])("limits processes, and memory if asked to: fork %s, %s", (isForkCode, memoryBytes, limit) => {
    const options = { ...OPTIONS, memoryBytes };
    const memory = limit === undefined ? undefined : { limit };
    const config = renderBundleConfig({ ...base, config: { rootfs }, options, isForkCode });
    expect(config).toHaveProperty("linux.resources.pids.limit", 4096);
    expect((config as { linux: { resources: object } }).linux.resources).toEqual(
      expect.objectContaining(memory === undefined ? {} : { memory }),
    );
    expect(Object.keys((config as { linux: { resources: object } }).linux.resources)).toHaveLength(
      memory ? 3 : 2,
    );
  });

  it("limits the memory of a fork's code though nothing asks for it", () => {
    const config = renderBundleConfig({ ...base, config: { rootfs }, isForkCode: true });
    expect(config).toHaveProperty("linux.resources.memory.limit");
  });
});

it.each([
  [undefined, "SIGTERM"],
  ["", "SIGTERM"],
  ["SIGQUIT", "SIGQUIT"],
  ["INT", "INT"],
  ["3", "3"],
  ["SIGRTMIN+3", "37"],
  ["--all", undefined],
  ["SIGTERM ; x", undefined],
])("the stop signal %j is %j", (text, signal) => {
  expect(tryParseStopSignal(text)).toBe(signal);
});
