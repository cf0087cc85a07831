import { createHmac } from "node:crypto";

import { describe, expect, it } from "@jest/globals";

import { findHostKeys, parseKnownHosts, renderKnownHosts } from "../../../src/ssh/known-hosts.js";
import {
  GUARDED_OPTIONS,
  listSshOptions,
  parseSshConfigHeader,
  renderSshConfig,
} from "../../../src/ssh/config-file.js";
import type { Builder } from "../../../src/model/builder.js";
import { parseMachines } from "./machines.js";

const RUN = { nonce: "00ff", systemDefault: "x86_64-linux" };
const parse = (text: string) => parseMachines(text, RUN);
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChX7ZBMu0vSo2CE6TPb9WPDLvuNVnbbPKUCzSFRl";
const OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAvnBx/Ux6FNJU1P7Xk8Yt1sYBs5HtdXQr8JxUwP1ZUd";

const pinned = await parse("ssh-ng://b1.example.org\nssh-ng://b2.example.org:2222");
const local = await parse("ssh-ng://nix@localhost:2222");

describe("renderKnownHosts", () => {
  const render = (of: readonly Builder[], text: string) =>
    renderKnownHosts(findHostKeys(of, parseKnownHosts(text)));
  const hash = (name: string) => {
    const salt = Buffer.from("0123456789abcdef0123");
    return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
  };

  it.each([
    ["literal", `b1.example.org ${KEY}\n[b2.example.org]:2222 ${KEY}`],
    ["a bare key for all builders", `${KEY} comment`],
    ["patterns", `*.example.org,[*.example.org]:2222 ${KEY}`],
    ["hashes", `${hash("b1.example.org")} ${KEY}\r\n${hash("[b2.example.org]:2222")} ${KEY}`],
  ])("finds keys by %s", (_, text) => {
    expect(render(pinned, text)).toBe(`cross-build-00ff-1 ${KEY}\ncross-build-00ff-2 ${KEY}\n`);
  });

  it("uses the host's own name if a certificate authority is trusted for it", () => {
    const text = `@cert-authority *.example.org,[*.example.org]:2222 ${KEY}`;
    expect(render(pinned, text)).toBe(
      `@cert-authority b1.example.org ${KEY}\n@cert-authority [b2.example.org]:2222 ${KEY}\n`,
    );
  });

  it("keeps revoked keys, and removes them from the pinned ones", () => {
    const text = `b1.example.org ${OTHER}\n${KEY}\n@revoked * ${KEY}`;
    expect(findHostKeys(pinned.slice(0, 1), parseKnownHosts(text))).toMatchObject([
      { keys: [OTHER], authorities: [], revoked: [KEY] },
    ]);
    expect(render(pinned.slice(0, 1), text)).toBe(
      `cross-build-00ff-1 ${OTHER}\n@revoked cross-build-00ff-1 ${KEY}\n`,
    );
  });

  it.each([
    "",
    `other.example.org ${KEY}`,
    `[b1.example.org]:2222 ${KEY}`,
    `*.example.org,!b1.example.org ${KEY}`,
  ])("has no key for a builder that no line names: %j", (text) => {
    expect(findHostKeys(pinned, parseKnownHosts(text))[0]).toMatchObject({ keys: [], authorities: [] });
  });

  it("names a line that is not a key", () => {
    expect(() => parseKnownHosts(`# keys\nb1 nonsense`)).toThrow(/line 2/);
  });
});

describe("renderSshConfig", () => {
  const files = {
    identityAgent: "none",
    certified: [],
    knownHostsFile: "/run/known_hosts",
    connectTimeoutS: 10,
    certificateFolder: "/run",
    hasKnownHostsCommand: true,
  };
  const header = { runFolder: "/run", owner: "7 123 boot pid:[1]" };
  const all = {
    alias: "cross-build-00ff-9",
    host: "inner",
    port: 2222,
    user: "nix",
    hostKey: undefined,
    via: { kind: "command", command: 'nc "%h" %p' },
    certificate: "ssh-ed25519-cert-v01@openssh.com AAAA",
    options: { ConnectTimeout: "3" },
  } as const;
  const builders = local.map((builder) => ({
    ...builder,
    identityFile: "/run/a b/id",
  }));

  it("has a block for each alias, and quotes paths that contain blanks", () => {
    const config = renderSshConfig(builders, files, header);
    expect(config).toMatch(/^Host cross-build-00ff-1$/m);
    expect(config).toMatch(/^ {2}IdentityFile "\/run\/a b\/id"$/m);
    expect(config).toMatch(/^ {2}StrictHostKeyChecking yes$/m);
  });

  it("sets no HostKeyAlias for a host with a certificate", () => {
    const config = renderSshConfig(builders, { ...files, certified: ["cross-build-00ff-1"] }, header);
    expect(config).not.toContain("HostKeyAlias");
  });

  it("writes a proxy command unchanged, and the user's options before ours", () => {
    const config = renderSshConfig([all], files, header);
    expect(config).toMatch(/^ {2}ProxyCommand nc "%h" %p$/m);
    expect(config).toMatch(/^ {2}CertificateFile \/run\/cross-build-00ff-9-cert\.pub$/m);
    expect(config).toMatch(/ConnectTimeout 3\n[^]*ConnectTimeout 10\n/);
  });

  it("switches off other ways to trust a host key, and commands that ssh would run here", () => {
    const options = new Map(listSshOptions(all, files));
    expect(options.get("KnownHostsCommand")).toBe("none");
    expect(options.get("VerifyHostKeyDNS")).toBe("no");
    expect(options.get("PermitLocalCommand")).toBe("no");
    // Versions before 8.5 refuse a file with an option that they do not know.
    const old = listSshOptions(all, { ...files, hasKnownHostsCommand: false }).map(([name]) => name);
    expect(old).not.toContain("KnownHostsCommand");
    expect(GUARDED_OPTIONS).toEqual(
      expect.arrayContaining(["KnownHostsCommand", "VerifyHostKeyDNS", "PermitLocalCommand"]),
    );
  });

  it("says whose it is, from the moment it is complete", () => {
    const config = renderSshConfig([all], files, header);
    expect(parseSshConfigHeader(config)).toEqual(header);
    for (const text of ["", config.slice(0, 40), config.split("\n")[0] ?? "", "Host x\n"]) {
      expect(parseSshConfigHeader(text)).toBeUndefined();
    }
  });

  it("sets every guarded option", () => {
    const jump = { ...all, via: { kind: "jump", alias: "jump" } } as const;
    const names = [all, jump].flatMap((target) => listSshOptions(target, files)).map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(GUARDED_OPTIONS));
  });
});
