import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import { completeKeys, type KeyPair, rotateKeys, storeKeys } from "../../../src/kubernetes/pool-keys.js";

let made = 0;
const createPair = (): Promise<KeyPair> => {
  made++;
  return Promise.resolve({ privateKey: `private-${made}`, publicKey: `ssh-ed25519 PUBLIC${made}` });
};
/** The pair that `createPair` has made with this private key. */
const parsePair = (privateKey: string): Promise<KeyPair> => {
  const [, number = ""] = /^private-(\d+)$/.exec(privateKey) ?? [];
  if (number === "") return Promise.reject(new ActionError("SSH_KEY_INVALID", "broken", { hint: "" }));
  return Promise.resolve({ privateKey, publicKey: `ssh-ed25519 PUBLIC${number}` });
};
const effects = { createPair, parsePair };
const NOTHING = { privateClient: "", authorizedKeys: "", privateHost: "", hostKeys: "" };

describe("the keys of a pool", () => {
  it("are made once, and then found again", async () => {
    made = 0;
    const stored = storeKeys(await completeKeys(NOTHING, effects));
    expect(stored).toEqual({
      privateClient: "private-1",
      authorizedKeys: "ssh-ed25519 PUBLIC1\n",
      privateHost: "private-2",
      hostKeys: "ssh-ed25519 PUBLIC2\n",
    });
    expect(storeKeys(await completeKeys(stored, effects))).toEqual(stored);
    expect(made).toBe(2);
  });

  it("are rotated so that jobs and pods go on with those they have, and no older ones", async () => {
    made = 0;
    const first = await completeKeys(NOTHING, effects);
    const second = storeKeys(await rotateKeys(first, effects));
    expect(second).toEqual({
      privateClient: "private-3",
      authorizedKeys: "ssh-ed25519 PUBLIC3\nssh-ed25519 PUBLIC1\n",
      privateHost: "private-4",
      hostKeys: "ssh-ed25519 PUBLIC4\nssh-ed25519 PUBLIC2\n",
    });
    // The rollout has ended, so the earlier host key is gone.
    const after = { ...(await completeKeys(second, effects)), earlierHosts: [] };
    expect(storeKeys(await rotateKeys(after, effects))).toMatchObject({
      authorizedKeys: "ssh-ed25519 PUBLIC5\nssh-ed25519 PUBLIC3\n",
      hostKeys: "ssh-ed25519 PUBLIC6\nssh-ed25519 PUBLIC4\n",
    });
  });

  it("keep the host keys of a rollout that was interrupted", async () => {
    made = 0;
    const rotated = await rotateKeys(await completeKeys(NOTHING, effects), effects);
    const twice = await rotateKeys(await completeKeys(storeKeys(rotated), effects), effects);
    expect(twice.earlierHosts).toEqual(["ssh-ed25519 PUBLIC4", "ssh-ed25519 PUBLIC2"]);
  });

  it("keep keys that somebody else has authorized", async () => {
    made = 0;
    const stored = {
      ...NOTHING,
      authorizedKeys: '# team\nrestrict ssh-ed25519 THEIRS "me"\n',
      privateHost: "private-9",
    };
    expect(storeKeys(await completeKeys(stored, effects))).toMatchObject({
      authorizedKeys: 'ssh-ed25519 PUBLIC1\nrestrict ssh-ed25519 THEIRS "me"\n',
      hostKeys: "ssh-ed25519 PUBLIC9\n",
    });
  });

  it.each([
    ["privateClient", "cross-build-client-key"],
    ["privateHost", "cross-build-keys"],
  ])("that are damaged are named: %s", async (field, secret) => {
    await expect(completeKeys({ ...NOTHING, [field]: "damaged" }, effects)).rejects.toMatchObject({
      code: "SSH_KEY_INVALID",
      message: `the private key in the pool's Secret ${secret} cannot be read`,
    });
  });
});
