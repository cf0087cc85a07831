import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { findUser } from "../../../../src/smoke/oci/user.js";

const FILES = {
  passwd: "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:100::/srv:\n\nodd\nhuge:x:99999999999:1::/:\n",
  group: "root:x:0:\nwww:x:33:web,root\nusers:x:100:\nstaff:x:50:web\n",
};

describe("findUser", () => {
  it.each([
    ["", { uid: 0, gid: 0, additionalGids: [33], home: "/root" }],
    ["root", { uid: 0, gid: 0, additionalGids: [33], home: "/root" }],
    ["web", { uid: 1000, gid: 100, additionalGids: [33, 50], home: "/srv" }],
    ["1000", { uid: 1000, gid: 100, additionalGids: [33, 50], home: "/srv" }],
    ["web:www", { uid: 1000, gid: 33, additionalGids: [], home: "/srv" }],
    ["web:7", { uid: 1000, gid: 7, additionalGids: [], home: "/srv" }],
    ["4242", { uid: 4242, gid: 0, additionalGids: [], home: "/" }],
    ["4242:4343", { uid: 4242, gid: 4343, additionalGids: [], home: "/" }],
    [":www", { uid: 0, gid: 33, additionalGids: [], home: "/root" }],
  ])("finds %j", (name, user) => {
    expect(findUser(name, FILES)).toEqual(user);
  });

  it.each([
    ["none", 'its /etc/passwd has no user "none"'],
    ["-1", 'its /etc/passwd has no user "-1"'],
    ["4294967295", 'its /etc/passwd has no user "4294967295"'],
    ["huge", 'its /etc/passwd has no user "huge"'],
    ["web:none", 'its /etc/group has no group "none"'],
  ])("does not find %j", (name, problem) => {
    expect(findUser(name, FILES)).toEqual({ problem });
  });

  it("has numbers from 0 to 2^31 - 1 for any text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (name, passwd, group) => {
        const found = findUser(name, { passwd, group });
        if ("problem" in found) return;
        for (const id of [found.uid, found.gid, ...found.additionalGids]) {
          expect(Number.isInteger(id) && id >= 0 && id < 2 ** 31).toBe(true);
        }
      }),
    );
  });
});
