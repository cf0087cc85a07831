import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { withEvents } from "../../../src/action/events-file.js";
import { createFakeRun } from "../pipeline/fake-run.js";

const folder = mkdtempSync(join(tmpdir(), "cross-build-events-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const output = (line: string) => ({ event: "build-output" as const, drvPath: "/nix/store/a.drv", line });

describe("withEvents", () => {
  it("writes each event at once, without secrets and line ends, into a new file", () => {
    const { context } = createFakeRun();
    const [file, other] = [join(folder, "new/events.jsonl"), join(folder, "other")];
    writeFileSync(other, "other");
    withEvents(context, file);
    rmSync(file);
    symlinkSync(other, file);
    const { emit } = withEvents(context, file);
    emit(output("a\nb\u2028"));
    context.log.mask('sesa"me');
    emit(output('open sesa"me'));
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(JSON.parse(`[${lines.join()}]`)).toEqual(
      ["a\nb\u2028", "open ***"].map((line) => ({ at: expect.any(String), ...output(line) })),
    );
    expect(readFileSync(other, "utf8")).toBe("other");
  });

  it("warns once if the file cannot be written, and the run goes on", () => {
    const { context, lines } = createFakeRun();
    const { emit } = withEvents(context, join(folder, "new"));
    emit(output("a"));
    emit(output("b"));
    expect(lines).toEqual([expect.stringMatching(/^warning: input events-file: .*EISDIR/)]);
  });

  it("returns the context as it is without a file", () => {
    const { context } = createFakeRun();
    expect(withEvents(context, undefined)).toBe(context);
  });
});
