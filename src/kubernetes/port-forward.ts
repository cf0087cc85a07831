import { once } from "node:events";
import { connect } from "node:net";
import { Duplex } from "node:stream";

import { ActionError, renderError } from "../errors/action-error.js";
import { sanitizeText } from "../platform/log.js";
import { type ApiAccess, connectionOptions, explainConnection, explainRefusal, readText } from "./api.js";

/** Where a pod's sshd listens. */
export interface PodAddress {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  /** The pod's IP address, if this machine reaches it directly. */
  readonly ip?: string | undefined;
}

const PROTOCOL = "v4.channel.k8s.io";
/** The channels of the first port. Each begins with a message that is the port's number. */
const DATA = 0;
const ERROR = 1;
const DATA_PREFIX = Buffer.of(DATA);
/** Buffered in each direction, and the size of a message: a copy of a large path is limited by the CPU. */
const BUFFER_BYTES = 256 << 10;

/**
 * Opens a connection to a pod: directly, or through the API server as `kubectl port-forward` does, but with a
 * WebSocket for each connection. So it ends with its pod, and no port of this machine is open to others.
 * Rejects with `BUILDER_UNREACHABLE` and `BUILDER_DENIED`.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ (connect, portforward)
 */
export async function openPodConnection(
  access: ApiAccess,
  address: PodAddress,
  timeoutMs: number,
): Promise<Duplex> {
  if (address.ip !== undefined) return openDirectly(address.ip, address, timeoutMs);
  const { namespace, pod, port } = address;
  const { default: WebSocket } = await import("ws");
  const socket = new WebSocket(
    `${access.server}/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`,
    [PROTOCOL],
    {
      ...connectionOptions(access),
      perMessageDeflate: false,
      handshakeTimeout: timeoutMs,
      // The mask stays zero, which masks nothing: masks are for proxies that read along (RFC 6455, section
      // 10.3), and TLS keeps those out.
      generateMask: () => undefined,
    },
  );
  const stream = new Duplex({
    readableHighWaterMark: BUFFER_BYTES,
    writableHighWaterMark: BUFFER_BYTES,
    read: () => {
      socket.resume();
    },
    // All that waits becomes one message.
    writev: (chunks: readonly { readonly chunk: Buffer }[], done) => {
      socket.send(Buffer.concat([DATA_PREFIX, ...chunks.map(({ chunk }) => chunk)]), done);
    },
    // The protocol cannot close one direction.
    final: (done) => {
      socket.close();
      done();
    },
    destroy: (error, done) => {
      socket.terminate();
      done(error);
    },
  });
  const begun = new Set<number>();
  socket.on("message", (message: Buffer) => {
    const channel = message[0] ?? 0;
    if (!begun.has(channel)) begun.add(channel);
    else if (channel === DATA) {
      if (!stream.push(message.subarray(1))) socket.pause();
    } else if (channel === ERROR) {
      stream.destroy(lost(pod, sanitizeText(message.toString("utf8", 1)).trim().slice(0, 500)));
    }
  });
  socket.on("close", () => {
    stream.push(null);
    stream.once("end", () => stream.destroy());
  });
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  socket.on("open", () => {
    resolve(undefined);
  });
  socket.on("error", (error) => {
    reject(explainConnection(access, error));
    stream.destroy(lost(pod, error.message));
  });
  socket.on("unexpected-response", (_, answer) => {
    readText(answer).then((text) => {
      const { statusCode: status = 0 } = answer;
      reject(status === 404 ? lost(pod, "there is no such pod") : explainRefusal(access, { status, text }));
      socket.terminate();
    }, reject);
  });
  // Without a listener, an error that nothing waits for would end the process.
  stream.on("error", () => undefined);
  await promise;
  return stream;
}

async function openDirectly(ip: string, { pod, port }: PodAddress, timeoutMs: number): Promise<Duplex> {
  const socket = connect({ host: ip, port, noDelay: true });
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
  try {
    await once(socket, "connect");
  } catch (error) {
    throw lost(pod, `${ip}: ${renderError(error)}`);
  }
  socket.setTimeout(0);
  return socket;
}

function lost(pod: string, why: string): ActionError {
  return new ActionError("BUILDER_UNREACHABLE", `the connection to the pod ${pod} failed: ${why}`, {
    hint: "Check that the pod is running and ready.",
  });
}
