import { ActionError } from "../errors/action-error.js";

/** A private key in OpenSSH's format, and its public half as `TYPE BASE64`. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** The keys of a pool. A rotation replaces both pairs, and keeps what is in use until nothing needs it. */
export interface PoolKeys {
  /** Jobs log in with it. */
  readonly client: KeyPair;
  /** Public keys of earlier clients, which the pods still accept: of jobs that are running. */
  readonly earlierClients: readonly string[];
  /** All pods present it. */
  readonly host: KeyPair;
  /** Public host keys that a pod may still present: it reads its key when it starts. */
  readonly earlierHosts: readonly string[];
}

/** The Secret that the pods of the chart read, and the one with the private key of jobs. */
export const POD_KEYS = "cross-build-keys";
export const CLIENT_KEY = "cross-build-client-key";

/** What the cluster has of a pool's keys: the data of two Secrets and of a ConfigMap. */
export interface StoredKeys {
  readonly privateClient: string;
  readonly authorizedKeys: string;
  readonly privateHost: string;
  readonly hostKeys: string;
}

export interface KeyEffects {
  readonly createPair: () => Promise<KeyPair>;
  /** Reads a private key; rejects with `SSH_KEY_INVALID`. */
  readonly parsePair: (privateKey: string) => Promise<KeyPair>;
}

/**
 * The keys that are stored, with a new pair for each one that is missing. Authorized keys of others are kept.
 * Rejects with `SSH_KEY_INVALID`.
 */
export async function completeKeys(
  stored: StoredKeys,
  { createPair, parsePair }: KeyEffects,
): Promise<PoolKeys> {
  const obtain = async (text: string, secret: string) => {
    try {
      return text === "" ? await createPair() : await parsePair(text);
    } catch (error) {
      throw error instanceof ActionError && error.code === "SSH_KEY_INVALID" ? damaged(secret, error) : error;
    }
  };
  const client = await obtain(stored.privateClient, CLIENT_KEY);
  const host = await obtain(stored.privateHost, POD_KEYS);
  return {
    client,
    earlierClients: listKeys(stored.authorizedKeys).filter((key) => !isSame(key, client.publicKey)),
    host,
    earlierHosts: listKeys(stored.hostKeys).filter((key) => !isSame(key, host.publicKey)),
  };
}

/** New keys for a pool. Running jobs go on with the client's key that was in use; older ones are dropped. */
export async function rotateKeys(
  keys: PoolKeys,
  { createPair }: Pick<KeyEffects, "createPair">,
): Promise<PoolKeys> {
  return {
    client: await createPair(),
    earlierClients: [keys.client.publicKey],
    host: await createPair(),
    earlierHosts: [keys.host.publicKey, ...keys.earlierHosts],
  };
}

/** The data that keeps these keys in the cluster. */
export function storeKeys({ client, earlierClients, host, earlierHosts }: PoolKeys): StoredKeys {
  const renderLines = (keys: readonly string[]) => keys.map((key) => `${key}\n`).join("");
  return {
    privateClient: client.privateKey,
    authorizedKeys: renderLines([client.publicKey, ...earlierClients]),
    privateHost: host.privateKey,
    hostKeys: renderLines([host.publicKey, ...earlierHosts]),
  };
}

function listKeys(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** Whether a line has this key; it may have options before it, and a comment behind it. */
function isSame(line: string, publicKey: string): boolean {
  const [, key = ""] = publicKey.split(" ");
  return line.split(/\s+/).includes(key);
}

function damaged(secret: string, cause: ActionError): ActionError {
  return new ActionError("SSH_KEY_INVALID", `the private key in the pool's Secret ${secret} cannot be read`, {
    cause,
    hint: "Delete that Secret, and provision again: a new key is made. Then give it to your jobs.",
  });
}
