import { describe, expect, it } from "@jest/globals";

import { parseStreamWrapper } from "../../../src/nix/stream-script.js";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const SHELL = `/nix/store/${HASH}-bash-5.2p37/bin/bash`;
const script = `/nix/store/${HASH}-stream`;
const conf = `/nix/store/${HASH}-hello-conf.json`;

describe("parseStreamWrapper", () => {
  it.each([
    `#! ${SHELL} -e\nexec "${script}"  ${conf} "$@" \n`,
    `#!${SHELL}\nexec ${script} ${conf} "$@"\n`,
    `#! ${SHELL} -e\nexec -a "$0" "${script}" \\\n    ${conf} \\\n    "$@"\n`,
  ])("reads the wrapper %j", (text) => {
    expect(parseStreamWrapper(text)).toEqual({ script, conf });
  });

  it.each([
    `#!${SHELL}\nexec ${script} ${conf} "$@" | gzip\n`,
    `#!${SHELL}\nexport A=b\nexec ${script} ${conf} "$@"\n`,
    `#!${SHELL}\nexec ${script} ${conf} --repo_tag a:b "$@"\n`,
    `#!${SHELL}\nexec /bin/cat ${conf} "$@"\n`,
    `#!${SHELL}\nexec ${script}-other ${conf} "$@"\n`,
    `#!${SHELL}\nexec ${script} /nix/store/${HASH}-hello.json "$@"\n`,
    "#!/usr/bin/env python3\n",
  ])("does not know the script %j", (text) => {
    expect(parseStreamWrapper(text)).toBeUndefined();
  });
});
