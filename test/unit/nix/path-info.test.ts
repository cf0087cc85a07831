import { describe, expect, it } from "@jest/globals";

import type { RunNix } from "../../../src/nix/command.js";
import { parsePathInfos, readPathInfos } from "../../../src/nix/path-info.js";

const path = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-a";
const info = { narHash: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", narSize: 7, references: [] };

it.each([
  ["2.18 and older", [{ path, ...info }]],
  ["2.19 and newer", { [path]: info, "/nix/store/missing": null }],
])("reads what Nix %s prints", (_, json) => {
  expect(parsePathInfos(JSON.stringify(json))).toEqual(
    new Map([[path, { narHash: info.narHash, narBytes: 7 }]]),
  );
});

it("rejects anything else", () => {
  expect(() => parsePathInfos('[{"path":"/nix/store/a"}]')).toThrow();
});

describe("readPathInfos", () => {
  it("reads the whole of a long answer, of which RunCommand keeps the end", async () => {
    const path = "/nix/store/00000000000000000000000000000000-a";
    const json = Buffer.from(JSON.stringify([{ path, narHash: "sha256-A", narSize: 7 }]));
    const runNix: RunNix = (_, { onStdoutBytes }) => {
      onStdoutBytes?.(json.subarray(0, 9));
      onStdoutBytes?.(json.subarray(9));
      return Promise.resolve({ exitCode: 0, stdout: json.subarray(9).toString(), stderr: "" });
    };
    expect(await readPathInfos(runNix, [path], "/")).toEqual(
      new Map([[path, { narHash: "sha256-A", narBytes: 7 }]]),
    );
  });
});
