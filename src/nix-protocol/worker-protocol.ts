/**
 * The requests to a daemon that we use.
 * @see NixOS/nix, src/libstore/include/nix/store/worker-protocol.hh
 */
export const OPERATION = {
  queryPathInfo: 26,
  queryValidPaths: 31,
  buildDerivation: 36,
  narFromPath: 38,
  addToStoreNar: 39,
} as const;

/**
 * The kinds of messages that a daemon sends before its answer.
 * @see NixOS/nix, src/libstore/worker-protocol-connection.cc
 */
export const SAYS = {
  text: 0x6f6c6d67,
  error: 0x63787470,
  startActivity: 0x53545254,
  stopActivity: 0x53544f50,
  result: 0x52534c54,
  last: 0x616c7473,
} as const;

/** The kind of a result that is a line of a build's log. */
export const BUILD_LOG_LINE = 101;
/** The statuses of a build that is good: Built, Substituted, AlreadyValid, ResolvesToAlreadyValid. */
export const GOOD_STATUS = [0, 1, 2, 13];
/** Nix 2.8, the oldest supported one, speaks 1.34. The times in the answer to a build need 1.29. */
export const OLDEST_MINOR = 32;
