import { createHmac } from "node:crypto";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { renderKnownHosts } from "../../../src/builders/known-hosts.js";
import { parseMachines, renderMachines } from "../../../src/builders/machine.js";
import { GUARDED_OPTIONS, listSshOptions, renderSshConfig } from "../../../src/builders/ssh-config.js";
import { parsePrivateKey } from "../../../src/builders/ssh-key.js";
import { ActionError } from "../../../src/errors/action-error.js";

const RUN = { nonce: "00ff", systemDefault: "x86_64-linux" };
const parse = (text: string) => parseMachines(text, RUN);
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChX7ZBMu0vSo2CE6TPb9WPDLvuNVnbbPKUCzSFRl";

describe("parseMachines", () => {
  it("reads all eight fields", () => {
    const hostKey = Buffer.from(`${KEY} comment`).toString("base64");
    const [builder] = parse(
      `ssh-ng://nix@b.example.org:2222?compress=true x86_64-linux,i686-linux - 4 2 big-parallel,kvm kvm ${hostKey}`,
    );
    expect(builder).toEqual({
      alias: "cross-build-00ff-1",
      protocol: "ssh-ng",
      user: "nix",
      host: "b.example.org",
      port: 2222,
      query: "?compress=true",
      systems: ["x86_64-linux", "i686-linux"],
      maxJobs: 4,
      speedFactor: 2,
      supportedFeatures: ["big-parallel", "kvm"],
      mandatoryFeatures: ["kvm"],
      hostKey: KEY,
    });
  });

  it("takes defaults, comments, blank lines and both separators", () => {
    const builders = parse("# pool\n\nb1 ; ssh://b2 - - -\r\n  ssh-ng://[::1]:22  aarch64-linux # last\n");
    expect(
      builders.map(({ alias, protocol, host, systems, maxJobs }) => [
        alias,
        protocol,
        host,
        systems,
        maxJobs,
      ]),
    ).toEqual([
      ["cross-build-00ff-1", "ssh-ng", "b1", ["x86_64-linux"], 1],
      ["cross-build-00ff-2", "ssh", "b2", ["x86_64-linux"], 1],
      ["cross-build-00ff-3", "ssh-ng", "::1", ["aarch64-linux"], 1],
    ]);
  });

  it.each([
    ["ssh-ng://-oProxyCommand=evil", "field 1"],
    ["ssh-ng://-x@host", "field 1"],
    ["http://host", "field 1"],
    ["@/etc/nix/machines", "field 1"],
    ["ssh-ng://host?ssh-key=/etc/key", "field 1"],
    ["host:70000", "field 1"],
    ["host x86_64-linux /root/.ssh/id", "field 3"],
    ["host x86_64-linux - many", "field 4"],
    ["host x86_64-linux - 1 1.5", "field 5"],
    ["host x86_64-linux - 1 1 - - AAAA", "field 8"],
    ["host - - - - - - - extra", "field 9"],
  ])("refuses %j and names %s", (line, field) => {
    expect(() => parse(`good\n${line}`)).toThrow(
      expect.objectContaining({
        code: "INPUT_INVALID",
        message: expect.stringContaining(`line 2, ${field}`) as unknown,
      }),
    );
  });

  it("writes machine lines that name nothing but the alias", () => {
    expect(renderMachines(parse("ssh-ng://nix@localhost:2222 x86_64-linux - 4 2 kvm"))).toBe(
      "ssh-ng://cross-build-00ff-1 x86_64-linux - 4 2 kvm - -\n",
    );
  });

  it("either refuses a line or writes one with eight words", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          for (const line of renderMachines(parse(text)).trimEnd().split("\n")) {
            expect(line === "" || line.split(" ").length === 8).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
        }
      }),
    );
  });
});

describe("renderKnownHosts", () => {
  const builders = parse("ssh-ng://b1.example.org\nssh-ng://b2.example.org:2222");
  const hash = (name: string) => {
    const salt = Buffer.from("0123456789abcdef0123");
    return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
  };

  it.each([
    ["literal", `b1.example.org ${KEY}\n[b2.example.org]:2222 ${KEY}`],
    ["a bare key for all", `${KEY} comment`],
    ["patterns", `*.example.org,[*.example.org]:2222 ${KEY}`],
    ["hashes", `${hash("b1.example.org")} ${KEY}\r\n${hash("[b2.example.org]:2222")} ${KEY}`],
  ])("finds keys by %s", (_, text) => {
    expect(renderKnownHosts(builders, text)).toBe(`cross-build-00ff-1 ${KEY}\ncross-build-00ff-2 ${KEY}\n`);
  });

  it("keeps the marker of an authority", () => {
    expect(renderKnownHosts(builders.slice(0, 1), `@cert-authority *.example.org ${KEY}`)).toBe(
      `@cert-authority cross-build-00ff-1 ${KEY}\n`,
    );
  });

  it.each(["", `other.example.org ${KEY}`, `b1.example.org ${KEY}`, `*.example.org,!b1.example.org ${KEY}`])(
    "refuses a builder without a key: %j",
    (text) => {
      expect(() => renderKnownHosts(builders, text)).toThrow(
        expect.objectContaining({ code: "BUILDER_HOST_KEY" }),
      );
    },
  );

  it("names the line that is no key", () => {
    expect(() => renderKnownHosts(builders, `# keys\nb1 nonsense`)).toThrow(/line 2/);
  });
});

describe("renderSshConfig", () => {
  const files = { identityFile: "/run/a b/id", knownHostsFile: "/run/known_hosts", connectTimeoutS: 10 };
  const builders = parse("ssh-ng://nix@localhost:2222");

  it("has a block for each alias, and quotes paths with blanks", () => {
    const config = renderSshConfig(builders, files, "/run");
    expect(config).toMatch(/^Host cross-build-00ff-1$/m);
    expect(config).toMatch(/^ {2}IdentityFile "\/run\/a b\/id"$/m);
    expect(config).toMatch(/^ {2}StrictHostKeyChecking yes$/m);
  });

  it("guards options that it sets", () => {
    const [builder] = builders;
    const names = builder === undefined ? [] : listSshOptions(builder, files).map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(GUARDED_OPTIONS));
  });
});

describe("parsePrivateKey", () => {
  it.each([
    ["", "not a private key"],
    [KEY, "public key"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "cannot be read"],
  ])("says what %j is", async (text, said) => {
    await expect(parsePrivateKey(text)).rejects.toMatchObject({
      code: "SSH_KEY_INVALID",
      message: expect.stringContaining(said) as unknown,
    });
  });
});
