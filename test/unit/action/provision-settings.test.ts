import { describe, expect, it } from "@jest/globals";

import { PROVISION_INPUTS, type ProvisionInput } from "../../../src/action/provision-inputs.js";
import { parseProvisionSettings } from "../../../src/action/provision-settings.js";

const IMAGE = `registry.example.org/team/builder@sha256:${"a".repeat(64)}`;

function parse(given: Readonly<Record<string, string>>) {
  return parseProvisionSettings((name) => {
    const spec = PROVISION_INPUTS.find((input: ProvisionInput) => input.name === name);
    return given[name] ?? spec?.default ?? "";
  });
}

describe("parseProvisionSettings", () => {
  it("has the values of the chart as its defaults", () => {
    expect(parse({ image: IMAGE })).toEqual({
      mode: "provision",
      rotatesKeys: false,
      retiresKeys: false,
      tokenLifetimeSeconds: 86_400,
      timeoutMs: 600_000,
      repository: undefined,
      pool: {
        namespace: "builders",
        isolation: "restricted",
        image: IMAGE,
        replicas: { amd64: 2, arm64: 0 },
        requests: { cpu: "1", memory: "2Gi" },
        limits: { cpu: "4", memory: "8Gi" },
        storeSize: "100Gi",
        storageClass: "",
      },
    });
  });

  it("reads every flag", () => {
    expect(
      parse({
        image: IMAGE,
        namespace: "ci-builders",
        isolation: "privileged",
        replicas: "3",
        "replicas-arm64": "1",
        requests: "memory=64Mi,cpu=50m",
        limits: "memory=16Gi",
        "store-size": "1Ti",
        "storage-class": "fast.ssd",
        "rotate-keys": "true",
        "token-hours": "1",
        github: "me/web",
        "dry-run": "true",
      }),
    ).toMatchObject({
      mode: "dry-run",
      rotatesKeys: true,
      tokenLifetimeSeconds: 3_600,
      repository: "me/web",
      pool: {
        namespace: "ci-builders",
        isolation: "privileged",
        replicas: { amd64: 3, arm64: 1 },
        requests: { cpu: "50m", memory: "64Mi" },
        limits: { cpu: "4", memory: "16Gi" },
        storeSize: "1Ti",
        storageClass: "fast.ssd",
      },
    });
  });

  it.each(["delete", "delete-data"])("needs no image for --%s", (mode) => {
    expect(parse({ [mode]: "true" })).toMatchObject({ mode, pool: { image: "" } });
  });

  it.each([
    [{}, "--image is not set, and this version of cross-build has no image", "deploy/image"],
    [{ image: "ghcr.io/me/builder:v1" }, '--image: "ghcr.io/me/builder:v1" cannot be used', "digest"],
    [{ namespace: "default" }, '--namespace: "default" cannot be used', "of its own"],
    [{ namespace: "kube-system" }, '--namespace: "kube-system" cannot be used', "of its own"],
    [{ namespace: "Builders/x" }, '--namespace: "Builders/x" cannot be used', "lower-case"],
    [{ isolation: "none" }, '--isolation: "none" cannot be used', "restricted, user-namespace, privileged"],
    [{ replicas: "-1" }, '--replicas: "-1" cannot be used', "from 0 to 1000"],
    [{ limits: "cpu=2" }, '--limits: "cpu=2" cannot be used', "at least cpu=4"],
    [{ limits: "cpu=3900m" }, '--limits: "cpu=3900m" cannot be used', "at least cpu=4"],
    [{ requests: "cpus=1" }, '--requests: "cpus=1" cannot be used', "cpu=4,memory=8Gi"],
    [{ "store-size": "big" }, '--store-size: "big" cannot be used', "200Gi"],
    [{ "token-hours": "0" }, '--token-hours: "0" cannot be used', "from 1 to 8760"],
    [{ github: "web" }, '--github: "web" cannot be used', "OWNER/REPOSITORY"],
    [{ delete: "true", "dry-run": "true" }, '--delete: "true" cannot be used', "--dry-run and --delete"],
    [{ delete: "yes" }, '--delete: "yes" cannot be used', "--no-delete"],
  ])("refuses %j", (given, message, hint) => {
    const image = "image" in given || Object.keys(given).length === 0 ? {} : { image: IMAGE };
    expect(() => parse({ ...image, ...given })).toThrow(
      expect.objectContaining({
        code: "INPUT_INVALID",
        message,
        hint: expect.stringContaining(hint) as unknown,
      }),
    );
  });
});
