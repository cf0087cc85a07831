import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, expect, it } from "@jest/globals";

import { readInRoot } from "../../../../src/smoke/oci/root-folder.js";

const folder = mkdtempSync(join(tmpdir(), "root-"));
const root = join(folder, "root");
mkdirSync(join(root, "etc"), { recursive: true });
mkdirSync(join(root, "store/users"), { recursive: true });
writeFileSync(join(folder, "outside"), "of the machine");
writeFileSync(join(root, "store/users/passwd"), "users");
writeFileSync(join(root, "large"), "");
truncateSync(join(root, "large"), 2 ** 21);
const link = (name: string, target: string) => {
  symlinkSync(target, join(root, name));
};
link("etc/absolute", "/store/users/passwd");
link("etc/relative", "../../../store/./users/passwd");
link("etc/folder", "/store/users");
link("etc/machine", join(folder, "outside"));
link("etc/above", "../../outside");
link("etc/loop", "loop");
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it.each([
  ["/store/users/passwd", "users"],
  ["/etc/absolute", "users"],
  ["/etc/relative", "users"],
  ["/etc/folder/passwd", "users"],
  ["/../../store/users/passwd", "users"],
  ["/etc/machine", undefined],
  ["/etc/above", undefined],
  ["/etc/loop", undefined],
  ["/etc", undefined],
  ["/large", undefined],
  ["/none", undefined],
  ["/store/users/passwd/none", undefined],
])("reads %s within the root as %j", async (path, content) => {
  expect(await readInRoot(root, path)).toBe(content);
});
