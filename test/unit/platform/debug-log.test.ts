import { describe, expect, it } from "@jest/globals";

import { logExchange, logProcess, renderCommandLine } from "../../../src/platform/debug-log.js";
import { FakeClock } from "../../fake-clock.js";

describe("renderCommandLine", () => {
  it.each<[string, readonly string[], string]>([
    ["nix", ["build", "--json", ".#image^out"], "nix build --json '.#image^out'"],
    ["sh", ["-c", "echo 'a b'"], "sh -c 'echo '\\''a b'\\'''"],
    ["docker", ["run", ""], "docker run ''"],
  ])("quotes %s %j for a shell", (tool, args, rendered) => {
    expect(renderCommandLine(tool, args)).toBe(rendered);
  });

  it.each([
    ["the value of a variable", ["env", "TOKEN=hunter2", "nix"], "sudo env 'TOKEN=***' nix"],
    ["a value of several lines", ["env", "KEY=first\nhunter2"], "sudo env 'KEY=***'"],
    ["a variable of a container", ["--env=TOKEN=hunter2"], "sudo '--env=TOKEN=***'"],
    ["a password in a URL", ["https://user:hunter2@host/path?a=1"], "sudo 'https://***@host/path?a=1'"],
    ["a URL in an option", ["--to=https://user:hunter2@host/"], "sudo '--to=https://***@host/'"],
  ])("hides %s", (_, args, rendered) => {
    const line = renderCommandLine("sudo", args);
    expect(line).not.toContain("hunter2");
    expect(line.replaceAll("'", "")).toBe(rendered.replaceAll("'", ""));
  });

  it("keeps the user of an address without a password", () => {
    expect(renderCommandLine("nix", ["--to", "ssh-ng://nix@host"])).toBe("nix --to ssh-ng://nix@host");
  });

  it("cuts long arguments and long lists of them", () => {
    expect(renderCommandLine("nix", ["x".repeat(10_000), "end"])).toMatch(/^nix 'x{2000}…' end$/);
    expect(renderCommandLine("nix", Array<string>(10_000).fill("path"))).toHaveLength(4_001);
  });
});

describe("logExchange", () => {
  it("logs the outcome with the duration", async () => {
    const clock = new FakeClock();
    const lines: string[] = [];
    const effects = { clock, log: { debug: (line: string) => lines.push(line) } };
    const logEnd = logExchange("builder-1", "query 3 paths", effects);
    await clock.advance(12);
    logEnd("done");
    expect(lines).toEqual(["builder-1: query 3 paths: done after 12 ms"]);
  });
});

describe("logProcess", () => {
  it("logs the command line, and the outcome with the duration", async () => {
    const clock = new FakeClock();
    const lines: string[] = [];
    const logEnd = logProcess(42, "nix", ["build"], { clock, log: { debug: (line) => lines.push(line) } });
    await clock.advance(1_500);
    logEnd("exit code 1");
    expect(lines).toEqual(["process 42: nix build", "process 42: exit code 1 after 1500 ms"]);
  });
});
