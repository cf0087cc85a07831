/** The first argument of the bundle when a run starts it as the client of GitHub's cache. */
export const CLIENT_ARGUMENT = "runner-cache-client";

/** The first argument of the bundle when it runs as the proxy command of ssh. */
export const PROXY_ARGUMENT = "kubernetes-proxy";

/** The first argument of the bundle when a run starts it as a thread that makes layers. */
export const LAYER_ARGUMENT = "layer-thread";

/** The first argument of the bundle when it relays connections to a container's ports. */
export const RELAY_ARGUMENT = "port-relay";

/** The first argument of the bundle when a run starts it as a thread that compresses chunks of packs. */
export const PACK_ARGUMENT = "pack-thread";
