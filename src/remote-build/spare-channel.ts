import type { ClientChannel } from "ssh2";

import type { Connection } from "../ssh/connection.js";

/** A channel for a command on a builder, opened in advance because opening one takes two round trips. */
export class SpareChannel {
  readonly #connection: Connection;
  readonly #command: string;
  #spare: Promise<ClientChannel> | undefined;

  constructor(connection: Connection, command: string) {
    this.#connection = connection;
    this.#command = command;
    this.#spare = this.#open();
    this.#spare.catch(() => undefined);
  }

  /** Returns the spare channel once. After that, or if it could not be opened, opens a new one. */
  async take(): Promise<ClientChannel> {
    const spare = this.#spare;
    this.#spare = undefined;
    const channel = await spare?.catch(() => undefined);
    return channel !== undefined && this.#connection.isOpen() ? channel : this.#open();
  }

  /** Closes the spare channel if it was not taken. */
  close(): void {
    this.#spare?.then(
      (channel) => {
        channel.close();
      },
      () => undefined,
    );
    this.#spare = undefined;
  }

  #open(): Promise<ClientChannel> {
    return this.#connection.openChannel(this.#command);
  }
}
