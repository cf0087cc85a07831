import { describe, expect, it } from "@jest/globals";

import { createTerminalLog } from "../../../src/action/terminal-log.js";

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

  it("keeps what is running below the log, on one line each, without secrets or control characters", () => {
    const screen: string[] = [];
    const liveArea = {
      show: (lines: readonly string[]) => screen.push(`show ${lines.join("|")}`),
      clear: () => screen.push("clear"),
    };
    const terminal = { write: (text: string) => screen.push(text), columns: 20, isColored: false };
    const log = createTerminalLog(terminal, { isDebug: false, liveArea });
    const [one, two] = [{}, {}];
    log.mask("hunter2");
    log.showStatus?.(one, ["1 of 2 done, hunter2", "  a\u001b[2J line\nthat is too long"]);
    log.showStatus?.(two, ["b"]);
    log.info("built x");
    log.showStatus?.(one, []);
    expect(screen).toEqual([
      "show 1 of 2 done, ***|  a line that is t…",
      "show 1 of 2 done, ***|  a line that is t…|b",
      "clear",
      "built x\n",
      "show 1 of 2 done, ***|  a line that is t…|b",
      "show b",
    ]);
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
