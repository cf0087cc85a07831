import { describe, expect, it } from "@jest/globals";

import { TARGET_SYSTEMS } from "../../../src/model/system.js";
import { chooseEmulator, renderRegistration } from "../../../src/platform/binfmt.js";

/** Entries as the kernel shows them. The first is that of Debian's package. */
const AARCH64 = entry("7f454c460201010000000000000000000200b700", "ffffffffffffff00fffffffffffffffffeffffff");
const S390X = entry("7f454c4602020100000000000000000000020016", "ffffffffffffff00fffffffffffffffffffeffff");

function entry(magic: string, mask: string): string {
  return `enabled\ninterpreter /usr/bin/qemu\nflags: POF\noffset 0\nmagic ${magic}\nmask ${mask}\n`;
}

describe("the handler for a target", () => {
  it.each([
    [[], "missing"],
    [[S390X], "missing"],
    [[S390X, AARCH64], "ready"],
    [[AARCH64.replace("POF", "OC")], "unfit"],
    [[AARCH64.replace("enabled", "disabled")], "unfit"],
    [[AARCH64.replace("enabled", "disabled"), AARCH64], "ready"],
    // Without a mask, every bit counts.
    [[AARCH64.replace(/mask.*\n/, "")], "ready"],
    // Another offset, a handler by file extension, and an unreadable entry.
    [[AARCH64.replace("offset 0", "offset 1")], "missing"],
    [["enabled\ninterpreter /usr/bin/python\nflags: F\nextension .py\n"], "missing"],
    [["", "enabled\n"], "missing"],
  ])("%#: is found by the header that its programs have", (entries, state) => {
    expect(chooseEmulator(entries, "aarch64-linux").state).toBe(state);
  });
});

describe("the registration of a handler", () => {
  const render = (target: (typeof TARGET_SYSTEMS)[number]) =>
    renderRegistration({ target, nonce: "0123456789ab", interpreter: "/run/qemu" }, "12 345 b pid:[67]");

  it("has the magic and mask of QEMU's own list", () => {
    // @see qemu, scripts/qemu-binfmt-conf.sh
    expect(render("aarch64-linux")).toBe(
      ":cross-build-0123456789ab-aarch64-linux-12%20345%20b%20pid%3A%5B67%5D:M::" +
        String.raw`\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:` +
        String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:` +
        "/run/qemu:PF",
    );
  });

  it.each(TARGET_SYSTEMS)("for %s accepts its own programs, and those of no other target", (target) => {
    const [, , , , magic = "", mask = ""] = render(target).split(":");
    const hex = (text: string) => text.replaceAll("\\x", "");
    const kernels = entry(hex(magic), hex(mask));
    for (const other of TARGET_SYSTEMS)
      expect(chooseEmulator([kernels], other).state).toBe(other === target ? "ready" : "missing");
  });
});
