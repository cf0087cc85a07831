import { describe, expect, it } from "@jest/globals";

import { listNamedHosts, renderGitKnownHosts, renderGitSshConfig } from "../../../src/ssh/git-config.js";
import { parseKnownHosts } from "../../../src/ssh/known-hosts.js";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDmHmQsStHrJnW2T/bA/Wc6W0HdtD3dEzKKkZ1nMIW1w";
const LINES = parseKnownHosts(
  [
    `git.example.org,[git.example.org]:2222 ${KEY}`,
    `git.example.org,[git.example.org]:2222 ${KEY}`,
    `@cert-authority *.corp,!old.corp ${KEY}`,
    `@revoked bad.example.org ${KEY}`,
    `|1|AAAA|BBBB ${KEY}`,
    KEY,
  ].join("\n"),
);
const FILES = {
  identityAgent: "/r/agent",
  identityFile: "/r/id.pub",
  knownHostsFile: "/r/git_known_hosts",
  connectTimeoutS: 10,
};

describe("renderGitSshConfig", () => {
  const config = renderGitSshConfig(listNamedHosts(LINES), FILES);

  it("has a block for every named host, and then the machine's own configuration", () => {
    expect(config.match(/^(?:Host| {2}Include) .*$/gm)).toEqual([
      "Host git.example.org git.example.org",
      "Host *.corp !old.corp",
      "Host *",
      "  Include ~/.ssh/config",
      "  Include /etc/ssh/ssh_config",
    ]);
  });

  it("trusts the given keys only, and offers the run's key only", () => {
    for (const option of [
      "UserKnownHostsFile /r/git_known_hosts",
      "StrictHostKeyChecking yes",
      "IdentityAgent /r/agent",
      "IdentitiesOnly yes",
    ]) {
      expect(config).toContain(`\n  ${option}\n`);
    }
  });
});

it("gives git the lines with names, as they are", () => {
  expect(renderGitKnownHosts(listNamedHosts(LINES)).split("\n")).toEqual([
    `git.example.org,[git.example.org]:2222 ${KEY}`,
    `git.example.org,[git.example.org]:2222 ${KEY}`,
    `@cert-authority *.corp,!old.corp ${KEY}`,
    `@revoked bad.example.org ${KEY}`,
    "",
  ]);
});
