/**
 * The entry point of the action's main and post steps, of the client process of GitHub's cache, of ssh's
 * proxy command, of the relay of a container's ports, and of the threads that make layers and compress packs.
 * The only module of the bundle with side effects on import. ssh waits for the proxy command at each
 * connection, so nothing that only a step needs is loaded before it.
 */
import {
  CLIENT_ARGUMENT,
  LAYER_ARGUMENT,
  PACK_ARGUMENT,
  PROXY_ARGUMENT,
  RELAY_ARGUMENT,
} from "./model/own-processes.js";

// The runner passes no arguments. ssh passes that of the proxy command. The run passes the others when it
// starts its cache client, a relay or a thread, and itself reports one that ends without an answer.
if (process.argv[2] === CLIENT_ARGUMENT) {
  const { runCacheClient } = await import("./binary-cache/github/client-process.js");
  await runCacheClient();
} else if (process.argv[2] === LAYER_ARGUMENT) {
  const { serveLayers } = await import("./image/layer-threads.js");
  await serveLayers();
} else if (process.argv[2] === PACK_ARGUMENT) {
  const { serveCompressor } = await import("./binary-cache/github/compress-threads.js");
  await serveCompressor();
} else if (process.argv[2] === PROXY_ARGUMENT) {
  const { runProxyCommand } = await import("./kubernetes/proxy-command.js");
  await runProxyCommand(process.argv.slice(3));
} else if (process.argv[2] === RELAY_ARGUMENT) {
  const { runPortRelay } = await import("./smoke/oci/port-relay.js");
  await runPortRelay(process.argv.slice(3));
} else {
  const { startStep } = await import("./action/start-step.js");
  await startStep();
}
