import { describe, expect, it } from "@jest/globals";

import type { StorePath } from "../../../src/model/store-path.js";
import { findStreamDerivation } from "../../../src/nix/layered-image.js";

const path = (name: string): StorePath => `/nix/store/0123456789abcdfghijklmnpqrsvwxyz-${name}`;

function render(inputs: readonly string[], command: string, out: string): string {
  const listed = inputs.map((input) => `(${JSON.stringify(input)},["out"])`).join(",");
  const environment = `[("buildCommand",${JSON.stringify(command)})]`;
  return `Derive([("out",${JSON.stringify(out)},"","")],[${listed}],[],"s","b",[],${environment})`;
}

interface Derivations {
  readonly archive?: string;
  readonly stream?: string;
  readonly out?: string;
  readonly command: string;
}

function find({
  archive = "app.tar.gz",
  stream = "stream-app",
  out = path("stream-app"),
  command,
}: Derivations) {
  const files = new Map([
    [path(`${archive}.drv`), render([path("other.drv"), path(`${stream}.drv`)], command, path(archive))],
    [path(`${stream}.drv`), render([], "makeWrapper", out)],
  ]);
  return findStreamDerivation(path(`${archive}.drv`), (file) => {
    const text = files.get(file);
    return text === undefined ? Promise.reject(new Error(file)) : Promise.resolve(Buffer.from(text));
  });
}

describe("findStreamDerivation", () => {
  const script = path("stream-app");

  it.each([
    ["app.tar.gz", `${script} | pigz -nTR > $out`],
    ["app.tar.gz", `${script} | pigz -p$NIX_BUILD_CORES -nTR > $out`],
    ["app.tar.gz", `${script} | /nix/store/pigz/bin/pigz -nT > $out\n`],
    ["app.tar.zst", `${script} | zstd -T$NIX_BUILD_CORES > $out`],
    ["app.tar", `${script} | cat  > $out`],
  ])("finds the script of buildLayeredImage: %s", async (archive, command) => {
    await expect(find({ archive, command })).resolves.toBe(path("stream-app.drv"));
  });

  it.each<[string, Derivations]>([
    ["changes what the script writes", { command: `${script} | sed s/a/b/ | gzip > $out` }],
    ["has a second command", { command: `${script} | gzip > $out; echo more >> $out` }],
    ["runs the script with arguments", { command: `${script} --repo_tag a:b | gzip > $out` }],
    ["has another name", { command: `${script} | gzip > $out`, stream: "stream-other" }],
    ["has a script whose path is not known yet", { command: "/1abc | gzip > $out", out: "" }],
  ])("finds nothing in a derivation that %s", async (_, derivations) => {
    await expect(find(derivations)).resolves.toBeUndefined();
  });
});
