import { expect, it } from "@jest/globals";

import { parseEmulator } from "../../../src/platform/binfmt.js";

it.each([
  ["enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: POCF\noffset 0\n", "ready"],
  ["enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: OC\noffset 0\n", "unfit"],
  ["disabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: F\noffset 0\n", "unfit"],
  ["", "unfit"],
])("%j is %s", (text, state) => {
  expect(parseEmulator(text).state).toBe(state);
});
