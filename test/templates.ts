import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Builder } from "./testbed.js";

/** What replaces the examples in the templates. */
export interface Places {
  readonly registry: { readonly host: string; readonly username: string };
  readonly builder: Builder;
  readonly cache: string;
}

/** The templates with the test bed's registry and builder instead of the examples. */
export function fillTemplates({ registry, builder, cache }: Places): Readonly<Record<string, string>> {
  const image = `${registry.host}/team/hello`;
  const place = ["ghcr.io/${{ github.repository }}", image] as const;
  const name = `      registry-username: ${registry.username}\n`;
  const password = "    secrets:\n      registry-password: ${{ secrets.REGISTRY_PASSWORD }}\n";
  const withAccount = ["    with:\n", `${password}    with:\n${name}`] as const;
  const release = fillTemplate("release.yml", [place, withAccount]);
  const check = fillTemplate("pr-check.yml", []);
  const pool = `      builders: ${builder.line}\n      ssh-known-hosts: \${{ vars.BUILDER_HOST_KEYS }}\n`;
  return {
    "release.yml": release,
    "release-ecr.yml": fillTemplate("release-ecr.yml", [
      ["123456789012.dkr.ecr.eu-central-1.amazonaws.com", registry.host],
      ["--username AWS", `--username ${registry.username}`],
      ["/app\n", "/team/ecr\n"],
    ]),
    "untagged.yml": release.replace(/ +tags: \|\n(?: {8}.*\n?)*/, ""),
    "untested.yml": release.replace(/ +smoke-test: \|\n(?: {8}.*\n?)*/, ""),
    "index.yml": release.replace("systems: x86_64-linux", "systems: x86_64-linux, aarch64-linux"),
    "index-emulated.yml": release.replace(
      "systems: x86_64-linux",
      "systems: x86_64-linux, aarch64-linux\n      allow-emulated-gate: true",
    ),
    "broken.yml": release.replace(".#image", ".#broken"),
    "slow.yml": release
      .replace(".#image", ".#slow")
      .replace("    secrets:\n", "    secrets:\n      ssh-private-key: ${{ secrets.BUILDER_KEY }}\n")
      .replace("    with:\n", `    with:\n${pool}`),
    "pr-check.yml": check,
    "pr-pool.yml": check.replace(
      "    with:\n",
      `    secrets:\n      ssh-private-key: \${{ secrets.BUILDER_KEY }}\n    with:\n${pool}`,
    ),
    "cache-warmup.yml": fillTemplate("cache-warmup.yml", [
      ["    with:\n", `    with:\n      cache: ${cache}\n`],
    ]),
    "builder-health.yml": fillTemplate("builder-health.yml", [
      ["ssh-ng://nix@builder.example.org x86_64-linux - 4 1 big-parallel", "${{ vars.BUILDERS }}"],
    ]),
    "health-fails.yml": fillTemplate("builder-health.yml", [
      ["ssh-ng://nix@builder.example.org x86_64-linux - 4 1 big-parallel", "${{ vars.BUILDERS }}"],
      ["open-issue: true", "open-issue: false"],
    ]),
    "monorepo.yml": fillTemplate("monorepo.yml", [
      ["ghcr.io/${{ github.repository }}", image],
      ["services/${{ matrix.service }}", "."],
      [" [api, web, worker]", " [api, web]"],
      withAccount,
    ]),
  };
}

/** Fills in a template as its user does. */
function fillTemplate(name: string, replace: readonly (readonly [string, string])[]): string {
  const text = readFileSync(join("workflows", name), "utf8");
  return replace.reduce((filled, [from, to]) => {
    if (!filled.includes(from)) throw new Error(`the template ${name} has no ${from}`);
    return filled.replaceAll(from, to);
  }, text);
}
