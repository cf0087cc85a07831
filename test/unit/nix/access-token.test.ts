import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ActionError } from "../../../src/errors/action-error.js";
import {
  listArchiveLogins,
  listTokenForms,
  listTokenLogins,
  parseAccessTokens,
} from "../../../src/nix/access-token.js";
import { renderGitCredentials, renderGitEnvironment } from "../../../src/nix/git-access.js";

describe("parseAccessTokens", () => {
  it("reads entries on lines or in one", () => {
    expect(
      parseAccessTokens(" ghe.example.org=a=b\n\tgitlab.example.org=PAT:c h:3000=u:d github.com/me=e\n"),
    ).toEqual([
      { scope: "ghe.example.org", value: "a=b" },
      { scope: "gitlab.example.org", value: "PAT:c" },
      { scope: "h:3000", value: "u:d" },
      { scope: "github.com/me", value: "e" },
    ]);
    expect(parseAccessTokens("")).toEqual([]);
  });

  it.each([
    "ghp_SECRET",
    "https://h=ghp_SECRET",
    "h =ghp_SECRET",
    "h=",
    "=ghp_SECRET",
    "h=ghp_SECRET#x",
    'h="ghp_SECRET"',
    "h=ghp_SECRÉT",
    "h;x=ghp_SECRET",
    "-h=ghp_SECRET",
  ])("rejects %j, and shows no part of it", (text) => {
    const thrown = catchError(() => parseAccessTokens(text));
    expect(thrown).toMatchObject({ code: "INPUT_INVALID", message: "entry 1 is not HOST=TOKEN" });
    expect(thrown?.hint).not.toContain("SECR");
  });

  it("rejects two tokens for one server by its name", () => {
    const thrown = catchError(() => parseAccessTokens("h=one\nh=two"));
    expect(thrown).toMatchObject({ code: "INPUT_INVALID", message: "h has two tokens" });
  });

  it("never crashes, and never shows a token", () => {
    fc.assert(
      fc.property(fc.string(), fc.uuid(), (text, token) => {
        const thrown = catchError(() => parseAccessTokens(`${text}=${token}`));
        if (thrown !== undefined) expect(thrown.message + thrown.hint).not.toContain(token);
      }),
    );
  });
});

function catchError(work: () => unknown): ActionError | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof ActionError) return error;
    throw error;
  }
  return undefined;
}

const TOKENS = parseAccessTokens("ghe=a gitlab=PAT:b h:3000=me:c github.com/me=d");

describe("listTokenLogins", () => {
  it("has a user name for every server, and no login for a path", () => {
    expect(listTokenLogins(TOKENS)).toEqual([
      { host: "ghe", username: "x-access-token", password: "a" },
      { host: "gitlab", username: "oauth2", password: "b" },
      { host: "h:3000", username: "me", password: "c" },
    ]);
  });

  it("has logins for archives only where no other port or fetcher would get them", () => {
    expect(listArchiveLogins(TOKENS).map(({ host }) => host)).toEqual(["ghe"]);
  });

  it("lists every form for the log", () => {
    expect(listTokenForms(TOKENS)).toEqual(
      expect.arrayContaining([
        "a",
        "PAT:b",
        "b",
        "me:c",
        "c",
        "d",
        btoa("oauth2:b"),
        btoa("x-access-token:a"),
      ]),
    );
  });
});

describe("renderGitCredentials", () => {
  it("encodes what a URL cannot contain", () => {
    const logins = listTokenLogins(parseAccessTokens("h:3000=me:a/b@c:d%"));
    expect(renderGitCredentials(logins)).toBe("https://me:a%2Fb%40c%3Ad%25@h:3000\n");
  });
});

describe("renderGitEnvironment", () => {
  const access = {
    sshConfigFile: "/run of x/git_ssh_config",
    credentials: { hosts: ["h", "i:1"], file: "/run of x/c" },
  };

  it("adds to the user's settings, and contains paths only", () => {
    expect(renderGitEnvironment(access, { GIT_CONFIG_COUNT: "2" })).toEqual({
      GIT_SSH_COMMAND: "ssh -F '/run of x/git_ssh_config'",
      GIT_CONFIG_COUNT: "6",
      GIT_CONFIG_KEY_2: "credential.https://h.helper",
      GIT_CONFIG_VALUE_2: "",
      GIT_CONFIG_KEY_3: "credential.https://h.helper",
      GIT_CONFIG_VALUE_3: "store --file='/run of x/c'",
      GIT_CONFIG_KEY_4: "credential.https://i:1.helper",
      GIT_CONFIG_VALUE_4: "",
      GIT_CONFIG_KEY_5: "credential.https://i:1.helper",
      GIT_CONFIG_VALUE_5: "store --file='/run of x/c'",
    });
  });

  it.each(["GIT_SSH_COMMAND", "GIT_SSH"])("keeps the user's %s", (name) => {
    const environment = { [name]: "ssh -v" };
    expect(renderGitEnvironment({ ...access, credentials: undefined }, environment)).toEqual({});
  });
});
