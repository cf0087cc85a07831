import { describe, expect, it } from "@jest/globals";

import { parseMachine } from "../../../src/builders/builder-machine.js";

describe("parseMachine", () => {
  it("reads the number of CPUs and their model", () => {
    const text = "16\nmodel name\t: AMD EPYC 7B13 64-Core\n";
    expect(parseMachine(text)).toEqual({ cpuModel: "AMD EPYC 7B13 64-Core", cpus: 16 });
  });

  it.each(["", "zero\n", "0\n", "model name:\n", "99999999\n"])("leaves out what %j does not say", (text) => {
    expect(parseMachine(text)).toEqual({ cpuModel: undefined, cpus: undefined });
  });

  it("makes the model harmless and short", () => {
    const { cpuModel = "" } = parseMachine(`1\nmodel name : \u001b[31mx\u0007 \t y${"z".repeat(5000)}\n`);
    expect(cpuModel).toMatch(/^x yz+$/);
    expect(cpuModel.length).toBeLessThanOrEqual(100);
  });
});
