import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ActionError } from "../../../src/errors/action-error.js";
import { parseSmokeSpec, readSmokeSpec } from "../../../src/smoke/spec.js";

describe("parseSmokeSpec", () => {
  it("reads http, command and exit-code checks with their defaults", () => {
    const { checks } = parseSmokeSpec(`
checks:
  - http: { port: 8080 }
  - name: version
    command: [/bin/server, --version]
    timeout: 5s
  - exit-code: 3
    args: [--help]
    timeout: 2m
`);
    expect(checks).toEqual([
      {
        kind: "http",
        name: "http /",
        port: 8080,
        method: "GET",
        path: "/",
        headers: {},
        status: 200,
        body: undefined,
        responseHeaders: {},
        withinMs: undefined,
        timeoutMs: 30_000,
      },
      {
        kind: "command",
        name: "version",
        command: ["/bin/server", "--version"],
        exitCode: 0,
        output: undefined,
        timeoutMs: 5_000,
      },
      { kind: "exit-code", name: "exit code 3", exitCode: 3, args: ["--help"], timeoutMs: 120_000 },
    ]);
  });

  it("reads tcp, log, health and stop checks, and container options", () => {
    const { container, checks } = parseSmokeSpec(`
container: { environment: { A: "1" }, user: "1000:1000", memory: 64MiB }
checks:
  - tcp: { port: 5432, timeout: 5s }
  - log: ready
  - health: healthy
  - stop: 143
`);
    expect(container).toEqual({
      environment: { A: "1" },
      user: "1000:1000",
      memoryBytes: 64 << 20,
      isReadOnly: false,
      volumes: [],
      isNonRoot: false,
    });
    expect(checks).toEqual([
      { kind: "tcp", name: "tcp 5432", port: 5432, timeoutMs: 5_000 },
      { kind: "log", name: 'log "ready"', text: "ready", timeoutMs: 30_000 },
      { kind: "health", name: "health", timeoutMs: 30_000 },
      { kind: "stop", name: "stop", exitCode: 143, timeoutMs: 10_000 },
    ]);
  });

  it("reads all options of http and command checks, and the options that restrict a container", () => {
    const { container, checks } = parseSmokeSpec(`
container: { read-only: true, volumes: [/var/lib/app], non-root: true }
checks:
  - http:
      method: POST
      path: /items?all=1
      port: 80
      headers: { Accept: application/json }
      status: 201
      response-headers: { content-type: json }
      within: 250ms
  - { command: [/bin/app, --bad], exit-code: 2, output: usage }
`);
    expect(container).toMatchObject({ isReadOnly: true, volumes: ["/var/lib/app"], isNonRoot: true });
    expect(checks).toMatchObject([
      {
        method: "POST",
        headers: { Accept: "application/json" },
        responseHeaders: { "content-type": "json" },
        withinMs: 250,
      },
      { kind: "command", exitCode: 2, output: "usage" },
    ]);
  });

  it.each([
    ['http: { port: 80, path: "/a b" }', "must not contain spaces"],
    ['http: { port: 80, headers: { "X-A": "b\\r\\nX-C: d" } }', "on one line"],
    ["http: { port: 80, headers: { a b: c } }", "a header name must not contain spaces"],
    ["http: { port: 80, method: CONNECT }", "must be one of GET, HEAD"],
  ])("rejects values that could smuggle in more than one value: %s", (check, said) => {
    expect(() => parseSmokeSpec(`checks:\n  - ${check}`)).toThrow(said);
  });

  it.each(["/a:ro", "/a,b", "a", "/"])("rejects the volume %j", (volume) => {
    const spec = JSON.stringify({ container: { volumes: [volume] }, checks: [{ log: "x" }] });
    expect(() => parseSmokeSpec(spec)).toThrow("a volume must be an absolute path");
  });

  it("accepts the time limit of an http check in either place", () => {
    const { checks } = parseSmokeSpec(
      "checks: [{ http: { port: 1, timeout: 500ms } }, { http: { port: 1 }, timeout: 1s }]",
    );
    expect(checks.map(({ timeoutMs }) => timeoutMs)).toEqual([500, 1000]);
  });

  it.each([
    ["", "the document"],
    ["checks: []", "checks"],
    ["checks:\n  - nothing: 1", "checks[0]"],
    ["checks:\n  - tcp: { port: 1 }\n    exit-code: 0", "checks[0]"],
    ["checks:\n  - http: { port: 70000 }", "checks[0].http.port"],
    ["checks:\n  - http: { port: 80, path: x }", "checks[0].http.path"],
    ["checks:\n  - http: { port: 80, colour: red }", "checks[0].http"],
    ["checks:\n  - command: a b", "checks[0].command"],
    ["checks:\n  - command: []", "checks[0].command"],
    ["checks:\n  - command: [a]\n    timeout: 11m", "checks[0].timeout"],
    ["checks:\n  - command: [a]\n    timeout: soon", "checks[0].timeout"],
    ["checks:\n  - exit-code: 256", "checks[0].exit-code"],
    ["checks:\n  - health: yes", "checks[0].health"],
    ["checks:\n  - stop: 0\n  - log: late", "checks[0] stops the container"],
    ["container: { memory: 64 }\nchecks: [{ stop: 0 }]", "container.memory"],
    ["container: { memory: 1KiB }\nchecks: [{ stop: 0 }]", "container.memory"],
    ["container: { user: '--privileged' }\nchecks: [{ stop: 0 }]", "container.user"],
    ['container: { environment: { A: "a\\nB=b" } }\nchecks: [{ stop: 0 }]', "container.environment.A"],
    ["container: { environment: { '#A': x } }\nchecks: [{ stop: 0 }]", "container.environment"],
    ["checks: [", "smoke-test"],
    ["a: &a [x, x]\nb: &b [*a, *a]", "checks"],
    [`checks: ${"[".repeat(300_000)}`, "it is longer than 262144 characters"],
  ])("rejects %j and names the place", (yaml, place) => {
    expect(() => parseSmokeSpec(yaml)).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID", message: expect.stringContaining(place) as unknown }),
    );
  });

  it.each([
    ["checks: []", "checks: it must have at least 1 entry"],
    ["checks: 1", "checks: it must be a list"],
    ["container: {}", "checks: it is missing"],
    ["checks:\n  - command: [a]\n    timeout: 10", "checks.0.timeout: write a time like 500ms, 10s or 2m"],
    ["container: { memory: 64 }\nchecks: [{ stop: 0 }]", "container.memory: write a size like 256MiB"],
    ["checks:\n  - http: {}", "checks.0.http.port: it is missing"],
    ["checks:\n  - http: { port: 70000 }", "checks.0.http.port: it must be at most 65535"],
    ["checks:\n  - http: { port: 1.5 }", "checks.0.http.port: it must be a whole number"],
    ["checks:\n  - http: { port: 1, colour: red }", "checks.0.http: it has an unknown key: colour"],
    ["checks:\n  - health: yes", "checks.0.health: it must be one of healthy"],
    ["checks:\n  - log: ''", "checks.0.log: it must have at least 1 character"],
    ["checks:\n  - htp: { port: 1 }", "exit-code; instead of htp, write http"],
    ["checks:\n  - nothing: 1", "stop, exit-code"],
  ])("says in plain words what is wrong with %j", (yaml, message) => {
    expect(() => parseSmokeSpec(yaml)).toThrow(message.replace("checks.0", "checks[0]"));
  });

  it("rejects aliases that expand exponentially", () => {
    const bomb = [
      "a: &a [1,1,1,1,1,1,1,1,1]",
      ..."bcdefgh".split("").map(
        (c, i) =>
          `${c}: &${c} [${Array(9)
            .fill(`*${"abcdefg"[i] ?? ""}`)
            .join(",")}]`,
      ),
    ];
    expect(() => parseSmokeSpec([...bomb, "checks: *h"].join("\n"))).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID" }),
    );
  });

  it("throws only ActionErrors, for any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (yaml) => {
        try {
          parseSmokeSpec(yaml);
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
        }
      }),
    );
  });
});

describe("readSmokeSpec", () => {
  it("accepts YAML in place of a file", async () => {
    expect((await readSmokeSpec("checks: [{ exit-code: 0 }]", "/")).checks).toHaveLength(1);
  });

  it("names a missing file", async () => {
    await expect(readSmokeSpec("smoke.yaml", "/nonexistent")).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining("/nonexistent/smoke.yaml") as unknown,
    });
  });
});
