import { connect, type NetConnectOpts } from "node:net";

const CONNECT_LIMIT_MS = 2_000;

/**
 * True if something accepts connections at `address` within two seconds. A socket file alone, on which
 * nothing listens, does not count.
 */
export function isListening(address: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(address);
    const settle = (isConnected: boolean) => () => {
      client.destroy();
      resolve(isConnected);
    };
    client.setTimeout(CONNECT_LIMIT_MS, settle(false));
    client.once("connect", settle(true));
    client.once("error", settle(false));
  });
}
