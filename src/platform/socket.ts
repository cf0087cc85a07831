import { connect, type NetConnectOpts } from "node:net";

const CONNECT_LIMIT_MS = 2_000;

/** Whether something accepts connections there within two seconds. A socket file that nothing listens on counts as nothing. */
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
