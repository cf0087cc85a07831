import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { createTerminalLog, disarmCommands } from "../../../src/action/log.js";

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

describe("createTerminalLog", () => {
  function write(options: { readonly isDebug: boolean; readonly isColored?: boolean }) {
    const lines: string[] = [];
    const terminal = {
      write: (text: string) => lines.push(text),
      columns: undefined,
      isColored: options.isColored ?? false,
    };
    return { log: createTerminalLog(terminal, options), lines };
  }

  it("shows the debug level only if asked to", () => {
    const quiet = write({ isDebug: false });
    const loud = write({ isDebug: true });
    for (const { log } of [quiet, loud]) {
      log.debug("ran nix");
      log.warning("late");
    }
    expect(quiet.lines).toEqual(["warning: late\n"]);
    expect(loud.lines).toEqual(["debug: ran nix\n", "warning: late\n"]);
  });

  it("colours what it adds itself, and nothing that a program printed", () => {
    const { log, lines } = write({ isDebug: true, isColored: true });
    log.error("\u001b[32mgreen\u001b[0m");
    log.info("\u001b[31mred");
    expect(lines).toEqual(["\u001b[1m\u001b[31merror:\u001b[39m\u001b[22m green\n", "red\n"]);
  });

  it("hides a secret and each of its lines, at every level", () => {
    const { log, lines } = write({ isDebug: true });
    log.mask("first line\nsecond line\n=");
    log.mask("hunter2");
    log.mask("");
    log.info("a first line, hunter2");
    log.debug("hunter2");
    log.warning("second line =");
    log.group("hunter2", ["x hunter2"]);
    expect(lines.join("")).toBe("a ***, ***\ndebug: ***\nwarning: *** =\n***\n  x ***\n");
  });
});
