import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { chooseTransport } from "../../../src/builders/transport.js";
import { planHopChain } from "../../../src/ssh/proxy-jump.js";
import { findSettings, parseSshHosts, readSshHosts } from "../../../src/ssh/config-input.js";
import { ActionError } from "../../../src/errors/action-error.js";
import { parseMachines } from "../builders/machines.js";

const parse = (text: string) => parseSshHosts(text);

describe("parseSshHosts", () => {
  it("reads every supported option in every notation", () => {
    const [host] = parse(`
      # the pool
      Host amd64-? !amd64-0   # but the first
        hostname "10.0.0.1"
        Port=2222
        USER = nix
        ProxyJump ssh://jumper@bastion:2022,[::1]:22,inner
        Ciphers +aes256-gcm@openssh.com
        KexAlgorithms curve25519-sha256
        HostKeyAlgorithms ssh-ed25519,ssh-ed25519-cert-v01@openssh.com
        Compression yes
        ServerAliveInterval 15
        ServerAliveCountMax 2
        ConnectTimeout 30
        CertificateFile certificates/id-cert.pub
    `);
    expect(host).toEqual({
      patterns: ["amd64-?", "!amd64-0"],
      settings: {
        hostName: "10.0.0.1",
        port: 2222,
        user: "nix",
        proxy: {
          kind: "jump",
          hosts: [
            { host: "bastion", user: "jumper", port: 2022 },
            { host: "::1", user: undefined, port: 22 },
            { host: "inner", user: undefined, port: undefined },
          ],
        },
        certificate: { text: "certificates/id-cert.pub", line: 15 },
        options: {
          Ciphers: "+aes256-gcm@openssh.com",
          KexAlgorithms: "curve25519-sha256",
          HostKeyAlgorithms: "ssh-ed25519,ssh-ed25519-cert-v01@openssh.com",
          Compression: "yes",
          ServerAliveInterval: "15",
          ServerAliveCountMax: "2",
          ConnectTimeout: "30",
        },
      },
    });
  });

  it("leaves a proxy command unchanged, including quotes", () => {
    expect(parse('Host b\nProxyCommand nc -x "a b" %h %p # %%')[0]?.settings.proxy).toEqual({
      kind: "command",
      command: 'nc -x "a b" %h %p # %%',
    });
  });

  it.each([
    ["LocalCommand true", /LocalCommand is not supported: Nix sets its own/],
    ["PermitLocalCommand yes", /not supported/],
    ["Include ~/.ssh/config", /Include is not supported: copy the lines/],
    ["Match all", /Match is not supported: use Host/],
    ["StrictHostKeyChecking no", /host keys come from ssh-known-hosts/],
    ["UserKnownHostsFile /dev/null", /host keys come from ssh-known-hosts/],
    ["IdentityFile ~/.ssh/id", /ssh-private-key/],
    ["IdentityAgent none", /ssh-private-key/],
    ["ControlMaster auto", /shared connections/],
    ["SendEnv TOKEN", /environment variables are not sent/],
    ["constructor x", /constructor is not supported$/],
    ["Gssapiauthentication yes", /not supported$/],
    ["HostName -oProxyCommand=x", /HostName has an invalid value/],
    ["HostName %n.example.org", /HostName has an invalid value/],
    ["Port 70000", /Port has an invalid value/],
    ["Port 0", /Port has an invalid value/],
    ["User -x", /User has an invalid value/],
    ["ProxyJump a,-b", /ProxyJump has an invalid value/],
    ["ProxyJump", /ProxyJump has an invalid value/],
    ["ProxyJump a:99999", /ProxyJump has an invalid value/],
    ["ProxyCommand run %n", /ProxyCommand has an invalid value/],
    ["ProxyCommand", /ProxyCommand has an invalid value/],
    ["ServerAliveInterval 0", /ServerAliveInterval has an invalid value/],
    ["Compression maybe", /Compression has an invalid value/],
    ["Ciphers a b", /Ciphers has an invalid value/],
    ["?", /is not an ssh option/],
    ["Host", /Host requires host names/],
    ["Host a;b", /Host requires host names/],
  ])("refuses %j", (line, message) => {
    expect(() => parse(`Host b\n${line}`)).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID", message: expect.stringMatching(message) as unknown }),
    );
    expect(() => parse(`Host b\n${line}`)).toThrow(/^input ssh-config, line 2: /);
  });

  it("refuses an option before the first Host line", () => {
    expect(() => parse("Port 22")).toThrow(/line 1: Port comes before the first Host line/);
  });

  it("never shows a proxy command, which may contain a secret", () => {
    expect(() => parse("Host b\nProxyCommand run --token=hunter2 %x")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") as unknown }),
    );
  });

  it("rejects any other text with INPUT_INVALID, and never passes a line break on to ssh", () => {
    const words = fc.constantFrom(
      "Host",
      "HostName",
      "ProxyJump",
      "ProxyCommand",
      "Ciphers",
      "a",
      "*",
      "%h",
      "=",
      '"',
      "\r",
    );
    const line = fc
      .array(fc.oneof(words, words, fc.string()), { maxLength: 4 })
      .map((some) => some.join(" "));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          for (const { settings } of parse(`Host b\n${lines.join("\n")}`)) {
            const values = JSON.stringify(settings);
            expect(values).not.toMatch(/\\[nr]|\\u0/);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
          expect(error).toMatchObject({
            code: "INPUT_INVALID",
            message: expect.stringMatching(/^input ssh-config, line [0-9]+: /) as unknown,
          });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("findSettings", () => {
  const hosts = parse(`
    Host special
      User special
    Host *.example.org !no.example.org
      User pool
      Port 2222
      ServerAliveInterval 7
    Host *
      User everyone
      ProxyCommand none
      ProxyJump bastion
      ServerAliveInterval 8
      Compression yes
  `);

  it.each([
    ["special", { user: "special", options: { ServerAliveInterval: "8", Compression: "yes" } }],
    [
      "B.example.org",
      { user: "pool", port: 2222, options: { ServerAliveInterval: "7", Compression: "yes" } },
    ],
    ["no.example.org", { user: "everyone", options: { ServerAliveInterval: "8", Compression: "yes" } }],
    ["exampleXorg", { user: "everyone", options: { ServerAliveInterval: "8", Compression: "yes" } }],
  ])("uses the first value of each option for %s", (name, expected) => {
    expect(findSettings(hosts, name)).toEqual({ ...expected, proxy: { kind: "none" } });
  });

  it("finds no settings if no block matches", () => {
    expect(findSettings(parse("Host a\nPort 1"), "b")).toEqual({ options: {} });
  });
});

describe("planHopChain", () => {
  const plan = async (uri: string, config: string) => {
    const hosts = parse(config);
    const [builder] = await parseMachines(uri, { nonce: "00", systemDefault: "x86_64-linux", hosts });
    if (builder === undefined) throw new Error("no builder");
    return planHopChain(builder, hosts);
  };

  it("plans a direct connection if no block matches", async () => {
    expect(await plan("ssh-ng://nix@b:2222", "")).toMatchObject({
      target: { alias: "cross-build-00-1", host: "b", port: 2222, user: "nix", options: {} },
      jumps: [],
    });
  });

  it("takes address, port and user from the block, but the builder's line takes precedence", async () => {
    const config = "Host b\nHostName 10.0.0.1\nPort 2200\nUser pool";
    expect((await plan("b", config)).target).toMatchObject({ host: "10.0.0.1", port: 2200, user: "pool" });
    expect((await plan("ssh-ng://nix@b:22", config)).target).toMatchObject({
      host: "10.0.0.1",
      port: 22,
      user: "nix",
    });
    expect((await plan("b", config)).builder).toMatchObject({ host: "b", port: 2200, user: "pool" });
  });

  it("replaces %h in HostName with the host of the line", async () => {
    const config = "Host *\nHostName %h.builders.svc.cluster.local";
    expect((await plan("nix-0", config)).target.host).toBe("nix-0.builders.svc.cluster.local");
  });

  it("gives every jump host an alias and the settings of its own block", async () => {
    const { target, jumps } = await plan(
      "b",
      "Host b\nProxyJump outer,me@inner:2022\nHost outer\nHostName 192.0.2.1\nPort 443\nProxyCommand run %h",
    );
    expect(target.via).toEqual({ kind: "jump", alias: "cross-build-00-1-jump-2" });
    expect(jumps).toMatchObject([
      {
        alias: "cross-build-00-1-jump-1",
        host: "192.0.2.1",
        port: 443,
        via: { kind: "command", command: "run %h" },
      },
      {
        alias: "cross-build-00-1-jump-2",
        host: "inner",
        port: 2022,
        user: "me",
        via: { kind: "jump", alias: "cross-build-00-1-jump-1" },
      },
    ]);
  });

  it.each(["Host *\nProxyJump bastion", "Host b\nProxyJump c\nHost c\nProxyJump b", "Host b\nProxyJump b"])(
    "refuses a host that is reached through itself: %j",
    async (config) => {
      await expect(plan("b", config)).rejects.toMatchObject({
        code: "INPUT_INVALID",
        message: expect.stringMatching(/through itself/) as unknown,
      });
    },
  );

  it.each([
    ["", true],
    ["Port 2222\nServerAliveInterval 3", true],
    ["ProxyJump none", true],
    ["ProxyJump bastion", true],
    ["ProxyCommand run", false],
    ["CertificateFile id-cert.pub", false],
    ["Ciphers aes256-ctr", false],
  ])("reaches a builder with %j through ssh2: %p", async (options, isDirect) => {
    const route = await plan("b", `Host b\n${options}`);
    const { direct } = chooseTransport(route, {
      hosts: [{ host: route.target, keys: ["ssh-ed25519 AAAA"], authorities: [], revoked: [] }],
      identity: { kind: "key", privateKey: "" },
      userName: "me",
    });
    expect(direct !== undefined).toBe(isDirect);
  });
});

/* eslint-disable max-len -- certificates */
// Made by: ssh-keygen -s ca -I job -n nix -V 20300101000000Z:20300101010000Z id.pub, and once more with -h
const USER =
  "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIArJmjaCE+wP2rFLunBY3nR0jlaFIoB8DLGgiltqDv0EAAAAIDIstMZ93PI6dPG4mMmMyS54RBbdGG+TRTDPUdqa1eKHAAAAAAAAAAAAAAABAAAAA2pvYgAAAAcAAAADbml4AAAAAHDb2IAAAAAAcNvmkAAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIDKaCZHxpIrpeDrcfgbksv7TcLyO/Cq48Bg9QfZ8LP/oAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEAmmwbzXSLBvWLT7LsNC+XB7S8eVmX8ww4i2rZ8cr/l0Kvw97IpLdf4lylmUQGdMI9PwqANK0CAKVu7vbaMxO0G";
const HOST =
  "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIENCOOlqbkohWBEraYUeYrBDL3OQ6zZ74TLG+29RoX51AAAAIDIstMZ93PI6dPG4mMmMyS54RBbdGG+TRTDPUdqa1eKHAAAAAAAAAAAAAAACAAAAA2pvYgAAAAcAAAADbml4AAAAAHDb2IAAAAAAcNvmkAAAAAAAAAAAAAAAAAAAADMAAAALc3NoLWVkMjU1MTkAAAAgMpoJkfGkiul4Otx+BuSy/tNwvI78KrjwGD1B9nws/+gAAABTAAAAC3NzaC1lZDI1NTE5AAAAQMg1lWf/iBmUassOzuFza/0OrjeBB8U58UX6vpR81KPR+5YCe6Pryc67Sg6VoBWKiSf8JiALHNJ0GfcrSu24fg0=";
/* eslint-enable max-len */

describe("certificates", () => {
  const within = Date.parse("2030-01-01T00:30:00Z");
  const read = (value: string, nowMs = within) =>
    readSshHosts(
      `Host b\nCertificateFile ${value}`,
      "/repo",
      (file) =>
        file === "/repo/id-cert.pub"
          ? Promise.resolve(`${USER} job@runner\n`)
          : Promise.reject(new Error("ENOENT")),
      nowMs,
    );

  it.each(["id-cert.pub", "/repo/id-cert.pub", `${USER} comment`, `"${USER}"`])(
    "are read from a file or from the option itself: %s",
    async (value) => {
      expect((await read(value))[0]?.settings.certificate?.text).toBe(USER);
    },
  );

  it.each([
    ["none.pub", within, /"none.pub" cannot be read/],
    ["ssh-ed25519-cert-v01@openssh.com AAAA", within, /is not an SSH certificate/],
    [USER.slice(0, 200), within, /is not an SSH certificate/],
    [HOST, within, /is a host certificate/],
    [USER, Date.parse("2029-12-31T23:59:59Z"), /is not valid before 2030-01-01T00:00:00.000Z/],
    [USER, Date.parse("2030-01-01T01:00:00Z"), /expired at 2030-01-01T01:00:00.000Z/],
  ])("are refused: %.50s", async (value, nowMs, message) => {
    await expect(read(value, nowMs)).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringMatching(new RegExp(`^input ssh-config, line 2: .*${message.source}`)) as unknown,
    });
  });

  it("never fail with another code, whatever bytes they contain", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const text = `ssh-rsa-cert-v01@openssh.com ${Buffer.from(bytes).toString("base64")}`;
        await expect(read(text)).rejects.toMatchObject({ code: "INPUT_INVALID" });
      }),
    );
  });
});
