import type { Duplex } from "node:stream";

import type { Traffic } from "../model/builder.js";

/** Counts what is read from and written to a socket that nothing reads yet. */
export function countTraffic(socket: Duplex): () => Traffic {
  let [sentBytes, receivedBytes] = [0, 0];
  // ssh2 listens and resumes later; without this, its first data would be lost.
  socket.pause();
  socket.on("data", (bytes: Buffer) => {
    receivedBytes += bytes.length;
  });
  const write = socket.write.bind(socket) as (bytes: Buffer) => boolean;
  socket.write = (bytes: Buffer) => {
    sentBytes += bytes.length;
    return write(bytes);
  };
  return () => ({ sentBytes, receivedBytes });
}
