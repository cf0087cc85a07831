import { writeFileSync } from "node:fs";

import { WORKER } from "../src/nix-protocol/handshake.js";

/**
 * Writes a program for `remote-program`: a daemon that greets our own client as Nix does, and answers its
 * first request with `attack`, which is Python code. It serves other clients, such as Nix's own, as Nix does.
 */
export function writeHostileDaemon(file: string, attack: string): void {
  writeFileSync(
    file,
    DAEMON.replace("@VERSION@", String(WORKER.version)).replace("@ATTACK@", () => attack),
    { mode: 0o755 },
  );
}

const DAEMON = `#!/usr/bin/python3
import os, struct, subprocess, threading

OUR_VERSION = @VERSION@
HELLO_BYTES = 32

hello = b""
while len(hello) < 16:
    hello += os.read(0, 16 - len(hello))
daemon = subprocess.Popen(["nix-daemon", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
is_ours = int.from_bytes(hello[8:16], "little") == OUR_VERSION
asked = threading.Event()

def answer():
    while True:
        piece = os.read(daemon.stdout.fileno(), 65536)
        if not piece:
            os._exit(0)
        if not asked.is_set():
            os.write(1, piece)

def words(*values):
    return struct.pack("<%dQ" % len(values), *values)

threading.Thread(target=answer, daemon=True).start()
taken = len(hello)
os.write(daemon.stdin.fileno(), hello)
while True:
    piece = os.read(0, 65536)
    if not piece:
        break
    taken += len(piece)
    if is_ours and taken > HELLO_BYTES:
        asked.set()
        @ATTACK@
        break
    os.write(daemon.stdin.fileno(), piece)
if is_ours and asked.is_set():
    while os.read(0, 65536):
        pass
daemon.stdin.close()
daemon.wait()
`;
