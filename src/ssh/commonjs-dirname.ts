/** ssh2 reads the CommonJS global `__dirname` while it loads, which an ES module has not: import this before it. */
Object.assign(globalThis, { __dirname: import.meta.dirname });
