import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ActionError } from "../../../src/errors/action-error.js";
import { parseRegistration } from "../../../src/nix-install/registration.js";

const GLIBC = `/nix/store/${"a".repeat(32)}-glibc-2.41`;
const NIX = `/nix/store/${"b".repeat(32)}-nix-2.34.8`;

const storePath = fc
  .tuple(fc.stringMatching(/^[0-9a-df-np-sv-z]{32}$/), fc.stringMatching(/^[0-9A-Za-z+\-._?=]{1,40}$/))
  .map(([hash, name]) => `/nix/store/${hash}-${name}`);

function render(
  entries: readonly { readonly path: string; readonly references: readonly string[] }[],
): string {
  return entries
    .map(({ path, references }) =>
      [path, "sha256:0", "123", "", String(references.length), ...references, ""].join("\n"),
    )
    .join("");
}

describe("parseRegistration", () => {
  it("lists the registered paths, but not their references", () => {
    const text = render([
      { path: GLIBC, references: [] },
      { path: NIX, references: [GLIBC, NIX] },
    ]);
    expect(parseRegistration(text)).toEqual([GLIBC, NIX]);
  });

  it("reads back what was rendered", () => {
    const entry = fc.record({ path: storePath, references: fc.array(storePath, { maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), (entries) => {
        expect(parseRegistration(render(entries))).toEqual(entries.map(({ path }) => path));
      }),
    );
  });

  it.each([
    ["nothing", ""],
    ["an empty line", "\n"],
    ["no newline at the end", render([{ path: GLIBC, references: [] }]).trimEnd()],
    ["a path outside the store", render([{ path: "/etc/passwd", references: [] }])],
    ["a path below a store path", render([{ path: `${GLIBC}/lib`, references: [] }])],
    ["a parent folder", render([{ path: "/nix/store/../../etc", references: [] }])],
    ["missing references", render([{ path: GLIBC, references: [NIX] }]).replace(`${NIX}\n`, "")],
    ["an invalid number of references", render([{ path: GLIBC, references: [] }]).replace("\n0\n", "\n-1\n")],
  ])("rejects %s", (_, text) => {
    expect(() => parseRegistration(text)).toThrow(expect.objectContaining({ code: "NIX_ARCHIVE_INVALID" }));
  });

  it("fails only with an ActionError", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("\n", "0", "1", "sha256:", `${NIX}\n`, "x") }),
        (text) => {
          try {
            parseRegistration(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ActionError);
          }
        },
      ),
    );
  });
});
