import { randomBytes } from "node:crypto";
import { join } from "node:path";

import type { BuilderPool } from "../builders/pool.js";
import { ActionError } from "../errors/action-error.js";
import type { BuildOutcome } from "../model/build.js";
import type { Builder } from "../model/builder.js";
import { buildAttributes, type BuildRequest } from "../nix/build.js";
import type { RunNix } from "../nix/command.js";
import type { LiveLogEffects } from "../nix/live-log.js";
import { type Connection, isCrowded } from "../ssh/connection.js";
import { copyOutputsBack, renderFetchCommand } from "./fetch-outputs.js";
import { forwardDaemon } from "./forwarded-daemon.js";
import { SpareChannel } from "./spare-channel.js";

export interface SingleStoreEffects extends LiveLogEffects {
  readonly pool: Pick<BuilderPool, "connectionOf">;
  /** `nix`, with a configuration that is safe to send to a builder's daemon. */
  readonly runNixForBuilder: RunNix;
  readonly runNixStoreCli: RunNix;
  readonly runFolder: string;
}

/**
 * Builds in the store of one builder, and copies the outputs back. If copying fails, the outcome still lists
 * what was built. Rejects as `buildAttributes` does, and with `BUILDER_UNREACHABLE`.
 */
export async function buildInSingleStore(
  builder: Builder,
  request: Omit<BuildRequest, "mode">,
  effects: SingleStoreEffects,
): Promise<BuildOutcome> {
  const connection = effects.pool.connectionOf(builder);
  if (connection === undefined) {
    throw new ActionError("BUILDER_UNREACHABLE", `the connection to ${builder.host} was lost`, {
      hint: "Check that the builder is up, and check the network between it and this machine.",
    });
  }
  const spare = new SpareChannel(connection, renderFetchCommand(builder));
  const socketFile = join(effects.runFolder, `store-${randomBytes(4).toString("hex")}.sock`);
  const forwarded = await forwardDaemon(builder, makeWay(connection, spare), socketFile);
  try {
    const mode = { kind: "single-store", builder, storeUri: forwarded.storeUri } as const;
    const outcome = await buildAttributes(effects.runNixForBuilder, { ...request, mode }, effects);
    return outcome.error === undefined
      ? await copyOutputsBack(outcome, { builder, connection }, effects, spare.take())
      : { ...outcome, error: blameBuilder(outcome.error, builder, connection) };
  } finally {
    forwarded.close();
    spare.close();
  }
}

/** Wraps the connection: if sshd allows no more sessions, closes the spare channel and tries again. */
function makeWay(connection: Connection, spare: SpareChannel): Connection {
  return {
    ...connection,
    openChannel: (command) =>
      connection.openChannel(command).catch((error: unknown) => {
        if (!isCrowded(error)) throw error;
        spare.close();
        return connection.openChannel(command);
      }),
  };
}

/** The daemon socket is forwarded to the builder, so NIX_DAEMON_FAILED means that the builder was lost. */
function blameBuilder(error: ActionError, builder: Builder, connection: Connection): ActionError {
  if (connection.isOpen() && error.code !== "NIX_DAEMON_FAILED") return error;
  return new ActionError(
    "BUILDER_UNREACHABLE",
    `${builder.host} was lost during the build: ${error.message}`,
    {
      cause: error.cause,
      hint: "Check that the builder is up, and check the network between it and this machine.",
    },
  );
}
