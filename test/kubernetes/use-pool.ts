import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { makeTemporaryFolder } from "../runner.js";
import { createNamespace, helm, kubectl } from "./cluster.js";
import type { Registry } from "./pool-image.js";

/** A pool that jobs reach by `kubernetes-pool`, and the keys of its Secret. */
export interface UsablePool {
  readonly namespace: string;
  readonly clientKey: string;
  readonly hostKey: string;
  /** Runs kubectl in its namespace, as the administrator. */
  readonly kube: (...args: string[]) => string;
  /** Installs the chart, or changes its values, and waits until all pods are ready. */
  readonly install: (...values: string[]) => void;
  /** Writes the ConfigMap with the host keys. */
  readonly publishHostKeys: (text: string) => void;
  /** The inputs of a job that uses the pool, through an API server. */
  readonly inputs: (token?: string, server?: string) => Record<string, string>;
  /** Whether a pod builds something. */
  readonly isBuilding: (pod: string) => boolean;
  /** What is in the namespace, and which pods build something, once all pods are ready. */
  readonly describe: () => string;
}

export interface ImageRegistry {
  readonly registry: Registry;
  readonly repository: string;
  readonly digest: string;
}

/** Makes a namespace with the keys of a pool, and installs the chart there. */
export function createPool(
  namespace: string,
  { registry, repository, digest }: ImageRegistry,
  ...values: string[]
): UsablePool {
  const isRestricted = !values.some((value) => /^isolation=(?!restricted)/.test(value));
  createNamespace(namespace, isRestricted ? "restricted" : "privileged");
  const folder = makeTemporaryFolder("keys");
  for (const name of ["client", "host"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, name)]);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const kube = (...args: string[]) => kubectl(["--namespace", namespace, ...args]);
  kube(
    ...[
      "create",
      "secret",
      "generic",
      "cross-build-keys",
      `--from-file=authorized_keys=${folder}/client.pub`,
    ],
    `--from-file=ssh_host_ed25519_key=${folder}/host`,
  );
  kube(
    ...["create", "secret", "docker-registry", "registry", `--docker-server=${registry.host}`],
    ...[`--docker-username=${registry.username}`, `--docker-password=${registry.password}`],
  );
  const install = (...changes: string[]) => {
    helm(
      ["upgrade", "--install", "builders", "deploy/chart", "--namespace", namespace, "--values", "-"].concat(
        ["--wait", "--timeout", "4m"],
        [...values, ...changes].flatMap((value) => ["--set", value]),
      ),
      {
        input: JSON.stringify({
          image: { repository, digest, pullSecrets: [{ name: "registry" }] },
          resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: 4, memory: "512Mi" } },
          store: { size: "1Gi", minFree: "1M", maxFree: "2M" },
          nixConf: "substituters =",
          drainSeconds: 5,
        }),
      },
    );
  };
  const publishHostKeys = (text: string) => {
    const data = { known_hosts: text };
    const metadata = { name: "builders-host-keys", namespace };
    kubectl(["apply", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data }),
    });
  };
  const pool: UsablePool = {
    namespace,
    clientKey: read("client"),
    hostKey: read("host.pub").trim(),
    kube,
    install,
    publishHostKeys,
    inputs: (token = kube("create", "token", "builders-ci").trim(), server?: string) => ({
      kubeconfig: renderKubeconfig({ token }, server === undefined ? {} : { server }),
      "kubernetes-pool": `${namespace}/builders`,
      "ssh-private-key": read("client"),
    }),
    isBuilding: (pod: string) => {
      const builds = "/nix/var/nix/builds/*";
      return kube("exec", pod, "--", "/bin/sh", "-c", `echo ${builds}`).trim() !== builds;
    },
    describe: () => {
      kube("rollout", "status", "statefulset", "builders-amd64", "--timeout=2m");
      const kinds = "all,configmaps,secrets,serviceaccounts,roles,rolebindings,persistentvolumeclaims";
      const names = kube("get", kinds, "--output=name").trim().split("\n");
      const pods = names.flatMap((name) => /^pod\/(builders-.*)/.exec(name)?.[1] ?? []);
      const building = pods.filter(pool.isBuilding).map((pod) => `${pod} is building`);
      return [...names.filter((name) => !name.startsWith("secret/sh.helm.release")).sort(), ...building].join(
        "\n",
      );
    },
  };
  publishHostKeys(pool.hostKey);
  install();
  return pool;
}

/** The authority of the cluster's API server, as PEM. */
export function readAuthority(): string {
  return readFileSync(join(process.env["TMPDIR"] ?? "", "kube/api/apiserver.crt"), "utf8");
}

/** A kubeconfig for the suite's cluster. */
export function renderKubeconfig(user: object, cluster: object = {}): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "ci" } }],
    clusters: [
      {
        name: "test",
        cluster: {
          server: "https://127.0.0.1:6443",
          "certificate-authority-data": Buffer.from(readAuthority()).toString("base64"),
          ...cluster,
        },
      },
    ],
    users: [{ name: "ci", user }],
  });
}

/** A format for printf: `SIZE` becomes a number. */
const format = (value: object) => JSON.stringify(value).replaceAll('"SIZE"', "%s");
const describeBlob = (kind: string) => ({
  mediaType: `application/vnd.oci.image.${kind}`,
  digest: "sha256:%s",
  size: "SIZE",
});
const CONFIG = format({
  architecture: "amd64",
  os: "linux",
  config: {
    Entrypoint: ["/bin/server"],
    User: "65534:65534",
    ExposedPorts: { "8080/tcp": {} },
    Labels: { sum: "%s" },
  },
  rootfs: { type: "layers", diff_ids: ["sha256:%s"] },
});
const MANIFEST = format({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: describeBlob("config.v1+json"),
  layers: [describeBlob("layer.v1.tar")],
});
const INDEX = format({ schemaVersion: 2, manifests: [describeBlob("manifest.v1+json")] });

/**
 * A flake of a number of derivations that take some seconds and write some MiB, one that needs them all, and
 * an image with its result. It is built by what a pod has: bash and coreutils. Returns its folder.
 */
export function createGraph(parts: number, seconds = 1, mib = 0): string {
  const folder = makeTemporaryFolder("graph");
  // Jobs may run as another user.
  chmodSync(folder, 0o755);
  const root = join(folder, "root/bin");
  mkdirSync(root, { recursive: true });
  const compile = ["-O2", "-static", "-s", '-DVERSION="1.0.0"', "-o", join(root, "server")];
  execFileSync("gcc", [...compile, "test/fixtures/hello/httpd.c"]);
  execFileSync("tar", ["-cf", join(folder, "layer.tar"), "-C", join(folder, "root"), "."]);
  writeFileSync(
    join(folder, "flake.nix"),
    `{
      outputs = { self }:
        let
          run = name: inputs: script: derivation {
            inherit name inputs;
            system = "x86_64-linux";
            salt = "${folder}";
            builder = "/bin/sh";
            args = [ "-euc" "\${script}\\nexit" ];
            PATH = "/bin";
          };
          part = n: run "part-\${toString n}" [ ] ''
            sleep ${seconds}
            head -c ${mib}M /dev/zero > $out
            echo \${toString n} > $out
          '';
          sum = run "sum" (builtins.genList part ${parts}) "cat $inputs > $out";
        in {
          packages.x86_64-linux = {
            inherit sum;
            image = run "image" [ sum ] ''
              mkdir -p $out/blobs/sha256
              keep() {
                digest=$(sha256sum $1 | cut -d " " -f 1) size=$(stat -c %s $1)
                cp $1 $out/blobs/sha256/$digest
              }
              keep \${./layer.tar}
              layer=$digest layerSize=$size
              printf '${CONFIG}' $(sha256sum $inputs | cut -d " " -f 1) $layer > config
              keep config
              printf '${MANIFEST}' $digest $size $layer $layerSize > manifest
              keep manifest
              printf '{"imageLayoutVersion":"1.0.0"}' > $out/oci-layout
              printf '${INDEX}' $digest $size > $out/index.json
            '';
          };
        };
    }`,
  );
  return folder;
}
