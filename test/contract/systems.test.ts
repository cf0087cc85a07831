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

it("the Nix library has the action's target systems, and no others", () => {
  expect(Object.keys(TABLE.targets).sort()).toEqual([...TARGET_SYSTEMS].sort());
});

it.each(TARGET_SYSTEMS)(
  "the Nix library and the action have one platform and the same CPUs for %s",
  (system) => {
    const { platform, elf, runs = [] } = TABLE.targets[system];
    expect(platform).toEqual(platformOf(system));
    const natively = MACHINES.filter((machine) => isNativeElf(system, machine));
    expect([elf, ...runs]).toHaveLength(natively.length);
    expect([elf, ...runs]).toEqual(expect.arrayContaining(natively));
  },
);

it("what only builds in the Nix library is what the action runs on beside its targets", () => {
  const hosts = ["x64", "arm64"].map((cpu) => systemOfHost("darwin", cpu));
  expect([...TABLE.buildOnly].sort()).toEqual([...hosts].sort());
});

it("the checks of the Nix library know each of these CPUs by its name", () => {
  const names = /^NAMES = \{(.*)\}$/m.exec(readFileSync("nix/lib/checks/elf.py", "utf8"))?.[1] ?? "";
  const known = [...names.matchAll(/(\d+): "(\w+)"/g)].map(([, machine, cpu]) => `${machine} ${cpu}`);
  const expected = Object.entries(TABLE.targets).map(
    ([system, { elf }]) => `${elf.machine} ${system.replace("-linux", "")}`,
  );
  expect(known.toSorted()).toEqual(expected.toSorted());
});
