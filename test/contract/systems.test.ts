import { readFileSync } from "node:fs";

import { expect, it } from "@jest/globals";

import {
  type ElfMachine,
  isNativeElf,
  platformOf,
  systemOfHost,
  TARGET_SYSTEMS,
  type TargetSystem,
} from "../../src/model/system.js";

interface Entry {
  readonly platform: object;
  readonly elf: ElfMachine;
  readonly runs?: readonly ElfMachine[];
}

const TABLE = JSON.parse(readFileSync("nix/systems.json", "utf8")) as {
  readonly targets: Readonly<Record<TargetSystem, Entry>>;
  readonly buildOnly: readonly string[];
};
const MACHINES = Object.values(TABLE.targets).map(({ elf }) => elf);

it("the Nix library has exactly the action's target systems", () => {
  expect(Object.keys(TABLE.targets).sort()).toEqual([...TARGET_SYSTEMS].sort());
});

it.each(TARGET_SYSTEMS)(
  "the Nix library and the action agree on the platform and the CPUs of %s",
  (system) => {
    const { platform, elf, runs = [] } = TABLE.targets[system];
    expect(platform).toEqual(platformOf(system));
    const natively = MACHINES.filter((machine) => isNativeElf(system, machine));
    expect([elf, ...runs]).toHaveLength(natively.length);
    expect([elf, ...runs]).toEqual(expect.arrayContaining(natively));
  },
);

it("the build-only systems of the Nix library are the action's other hosts", () => {
  const hosts = ["x64", "arm64"].map((cpu) => systemOfHost("darwin", cpu));
  expect([...TABLE.buildOnly].sort()).toEqual([...hosts].sort());
});

it("the checks of the Nix library have a name for each of these CPUs", () => {
  const names = /^NAMES = \{([^}]*)\}$/m.exec(readFileSync("nix/lib/checks/elf.py", "utf8"))?.[1] ?? "";
  const known = [...names.matchAll(/(\d+): "(\w+)"/g)].map(([, machine, cpu]) => `${machine} ${cpu}`);
  const expected = Object.entries(TABLE.targets).map(
    ([system, { elf }]) => `${elf.machine} ${system.replace("-linux", "")}`,
  );
  expect(known.toSorted()).toEqual(expected.toSorted());
});
