import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { disarmCommands } from "../../../src/action/log.js";

describe("disarmCommands", () => {
  it.each([
    ["::set-output name=digest::sha256:0", ": :set-output name=digest::sha256:0"],
    ["  ::error::boo", "  : :error::boo"],
    ["text ##[error]boo", "text # #[error]boo"],
    ["fine\n::add-path::/evil", "fine\n: :add-path::/evil"],
    ["\u001b[31m::stop-commands::x", ": :stop-commands::x"],
    ["std::vector<int>", "std::vector<int>"],
  ])("disarms %j", (text, expected) => {
    expect(disarmCommands(text)).toBe(expected);
  });

  it("leaves no line that the runner would run as a command", () => {
    const hostile = fc.array(
      fc.constantFrom(
        ":",
        "::",
        "#",
        "##[",
        " ",
        "\t",
        "\n",
        "\r",
        "\u001b[0m",
        "\u0000",
        "a",
        "\u0085",
        "\u00a0",
      ),
    );
    fc.assert(
      fc.property(hostile, (parts) => {
        for (const line of disarmCommands(parts.join("")).split(/[\n\r]/)) {
          expect(line.trimStart().startsWith("::")).toBe(false);
          expect(line).not.toContain("##[");
        }
      }),
    );
  });
});
