import type { ProbeResult } from "../../../src/builders/probe.js";
import type { Builder, BuilderFacts } from "../../../src/model/builder.js";
import type { Connection } from "../../../src/ssh/connection.js";

export const FACTS = { nixVersion: "2.34.8" } as BuilderFacts;

export function builder(name: string): Builder {
  return {
    alias: name,
    protocol: "ssh-ng",
    user: undefined,
    host: name,
    port: 22,
    query: "",
    systems: ["x86_64-linux"],
    maxJobs: 4,
    speedFactor: 1,
    supportedFeatures: [],
    mandatoryFeatures: [],
    keyFile: undefined,
    hostKey: undefined,
  };
}

export function createConnection(): Connection & { readonly lose: () => void } {
  let isOpen = true;
  const listeners: (() => void)[] = [];
  const lose = () => {
    isOpen = false;
    for (const listener of listeners) listener();
  };
  return {
    hostKey: { type: "ssh-ed25519", fingerprint: "SHA256:abc" },
    openChannel: () => Promise.reject(new Error("unused")),
    traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
    isOpen: () => isOpen,
    onClose: (listener) => listeners.push(listener),
    close: lose,
    lose,
  };
}

export const ready = (name: string, connection?: Connection): ProbeResult => ({
  status: { state: "ready", builder: builder(name), facts: FACTS, probeMs: 1 },
  connection,
});
export const dropped = (name: string): ProbeResult => ({
  status: { state: "dropped", builder: builder(name), code: "BUILDER_UNREACHABLE", reason: "down", hint: "" },
  connection: undefined,
});
