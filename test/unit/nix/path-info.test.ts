import { expect, it } from "@jest/globals";

import { parsePathInfos } from "../../../src/nix/path-info.js";

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
