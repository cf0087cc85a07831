/** ssh2 reads the CommonJS global `__dirname` while it loads, which ES modules lack: import this first. */
Object.assign(globalThis, { __dirname: import.meta.dirname });
