/**
 * The entry point of the action's main and post steps, of the client process of GitHub's cache, and of ssh's
 * proxy command. The only module of the bundle with side effects on import. ssh waits for the proxy command
 * at each connection, so nothing that only a step needs is loaded before it.
 */
import { CLIENT_ARGUMENT, PROXY_ARGUMENT } from "./model/own-processes.js";

// The runner passes no arguments. The run passes the first one when it starts its cache client, and itself
// reports a client that ends without an answer. ssh passes the second one.
if (process.argv[2] === CLIENT_ARGUMENT) {
  const { runCacheClient } = await import("./binary-cache/github/client-process.js");
  await runCacheClient();
} else if (process.argv[2] === PROXY_ARGUMENT) {
  const { runProxyCommand } = await import("./kubernetes/proxy-command.js");
  await runProxyCommand(process.argv.slice(3));
} else {
  const { startStep } = await import("./action/start-step.js");
  await startStep();
}
