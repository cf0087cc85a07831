import { describe, expect, it } from "@jest/globals";

import { classifyFailure, hasFailedOnBuilder } from "../../../src/nix/failure.js";

describe("classifyFailure", () => {
  const lost = [
    { level: 0, text: "error: unexpected end-of-file" },
    { level: 0, text: "error: builder for '/nix/store/x-a.drv' failed with exit code 1" },
  ];
  it.each([
    ["ssh: connect to host b port 1: Connection refused", "BUILDER_UNREACHABLE"],
    ["cannot build on 'ssh-ng://b': error: failed to start SSH connection to 'b'", "BUILDER_UNREACHABLE"],
    ["No ED25519 host key is known\nHost key verification failed.", "BUILDER_HOST_KEY"],
    ["root@b: Permission denied (publickey).", "BUILDER_DENIED"],
    ["error: you are not privileged to build input-addressed derivations", "BUILDER_DENIED"],
    ["error: writing to file: No space left on device", "NIX_DISK_FULL"],
    [
      "warning: ignoring the client-specified setting 'builders', because it is a restricted setting",
      "NIX_NOT_TRUSTED",
    ],
    [
      "error: unable to start any build; either increase '--max-jobs' or enable remote builds.",
      "NIX_NOT_TRUSTED",
    ],
    ["error: something new", "BUILD_FAILED"],
  ])("%j is %s", (text, code) => {
    expect(classifyFailure([{ level: 1, text }]).code).toBe(code);
  });

  const evaluation = [
    "error:",
    "       … while evaluating the attribute 'image'",
    "         at /nix/store/x-source/flake.nix:3:5:",
    "            2|",
    "            3|   image = mkImage { inherit cpu; };",
    "",
    "       (stack trace truncated; use '--show-trace' to show the full, detailed trace)",
    "",
    "       error: undefined variable 'cpu'",
    "       at /nix/store/x-source/flake.nix:3:31:",
    "            2|",
    "            3|   image = mkImage { inherit cpu; };",
    "             |                             ^",
  ].join("\n");
  const SHOWN = [
    "undefined variable 'cpu'",
    "at /nix/store/x-source/flake.nix:3:31:",
    "     2|",
    "     3|   image = mkImage { inherit cpu; };",
    "      |                             ^",
  ].join("\n");

  it("shows the error of an evaluation as lines, without its trace", () => {
    expect(classifyFailure([{ level: 0, text: evaluation }])).toMatchObject({
      code: "EVALUATION_FAILED",
      message: SHOWN,
    });
  });

  it.each([
    "error:\n       … while fetching the input 'git+ssh://git@h/r'\n\n       error: Failed to fetch git repository",
    "error: program 'git' failed with exit code 128",
  ])("does not blame a builder if git cannot log in: %j", (text) => {
    const said = { level: 1, text: "git@h: Permission denied (publickey)." };
    expect(classifyFailure([said, { level: 0, text }])).toMatchObject({
      code: "EVALUATION_FAILED",
      hint: expect.stringContaining("ssh-known-hosts") as unknown,
    });
  });

  it("says what gives access if an evaluation may not download a source", () => {
    const text =
      "error:\n  … while calling a builtin\n\n  error: unable to download 'https://h/x': HTTP error 401";
    expect(classifyFailure([{ level: 0, text }])).toMatchObject({
      code: "EVALUATION_FAILED",
      hint: expect.stringContaining("access-tokens") as unknown,
    });
  });

  it("reports the error of an evaluation, not a warning about an ignored setting", () => {
    const warning = { level: 1, text: "warning: ignoring 'builders', as you are not a trusted user" };
    expect(classifyFailure([warning, { level: 0, text: evaluation }]).code).toBe("EVALUATION_FAILED");
  });

  it("does not blame the code for a daemon that was lost during the evaluation", () => {
    const text = "error:\n  … while calling a builtin\n\n  error: Nix daemon disconnected unexpectedly";
    expect(classifyFailure([{ level: 0, text }]).code).toBe("NIX_DAEMON_FAILED");
  });

  it.each([
    [
      "error: hash mismatch in fixed-output derivation '/nix/store/x-a.drv':\n" +
        "         specified: sha256-AAAA=\n            got:    sha256-BBBB=",
      "/nix/store/x-a.drv has the hash sha256-BBBB=, not sha256-AAAA= as in the Nix code",
      'hash = "sha256-BBBB="',
    ],
    [
      "error: build of '/nix/store/x-a.drv' on 'ssh-ng://b' failed: hash mismatch in fixed-output derivation " +
        "'/nix/store/x-a.drv':\n  specified: sha256-AAAA=\n  got:    sha256-BBBB=",
      "/nix/store/x-a.drv has the hash sha256-BBBB=, not sha256-AAAA= as in the Nix code",
      'hash = "sha256-BBBB="',
    ],
    [
      "error: hash mismatch in file downloaded from 'https://example.org/a':\n  specified: sha256:1\n  got: sha256:2",
      "https://example.org/a has the hash sha256:2, not sha256:1 as in the Nix code",
      'hash = "sha256:2"',
    ],
    [
      "error: NAR hash mismatch in input 'path:/a' (/a), expected 'sha256-A=' but got 'sha256-B='",
      "path:/a has the hash sha256-B=, not sha256-A= as in flake.lock",
      "nix flake update",
    ],
  ])("has the hash to paste for %j", (text, message, hint) => {
    expect(classifyFailure([{ level: 0, text }])).toMatchObject({
      code: "HASH_MISMATCH",
      message,
      hint: expect.stringContaining(hint) as unknown,
    });
  });

  it("trusts the hook's message that a build failed on a builder, whatever else was lost", () => {
    const failed =
      "error: build of '/nix/store/x-a.drv' on 'ssh-ng://b' failed: " +
      "builder for '/nix/store/x-a.drv' failed with exit code 1";
    expect(classifyFailure([...lost, { level: 0, text: failed }]).code).toBe("BUILD_FAILED");
    expect(hasFailedOnBuilder(failed)).toBe(true);
  });

  it("does not mistake a full disk on a builder for a failed build", () => {
    const full =
      "error: build of '/nix/store/x-a.drv' on 'ssh-ng://b' failed: " +
      "error: writing to file: No space left on device";
    expect(classifyFailure([{ level: 0, text: full }]).code).toBe("NIX_DISK_FULL");
    expect(hasFailedOnBuilder(full)).toBe(false);
  });

  it("reports a lost builder as the cause, not the exit code that Nix reports for it", () => {
    expect(classifyFailure(lost).code).toBe("BUILDER_UNREACHABLE");
  });

  it("does not mistake a build that prints a message of ssh for a lost builder", () => {
    const messages = [
      { level: 1, text: "warning: Connection refused" },
      { level: 0, text: "error: builder for '/nix/store/x-a.drv' failed with exit code 2" },
    ];
    expect(classifyFailure(messages).code).toBe("BUILD_FAILED");
  });

  // Work that grows with the square of the text would take hours here.
  it.each(["error: builder for 'x' ", "error: Cannot build '", "error: build of '/nix/store/x' on 'b' "])(
    "classifies a message that repeats %j a million times",
    (text) => {
      const messages = [{ level: 0, text: text.repeat(1_000_000) }];
      expect(classifyFailure(messages).code).toBe("BUILD_FAILED");
      expect(hasFailedOnBuilder(messages[0]?.text ?? "")).toBe(false);
    },
  );

  it("has a message even if Nix has none", () => {
    expect(classifyFailure([]).message).not.toBe("");
  });
});
