import type { CommandOptions, CommandOutput } from "../../platform/command.js";

const MAX_CHARACTERS = 1 << 20;

type LineOptions = Required<Pick<CommandOptions, "onStdoutLine" | "onStderrLine">>;

/** The process of a runtime that waits for its container, with what the container prints. */
export class ContainerProcess {
  /** Resolves when the process has ended, whatever came of it. */
  readonly end: Promise<void>;
  readonly #streams = [new RecentLines(), new RecentLines()] as const;
  #result: { readonly exitCode: number } | { readonly error: unknown } | undefined;

  constructor(run: (options: LineOptions) => Promise<CommandOutput>) {
    const [stdout, stderr] = this.#streams;
    this.end = run({
      onStdoutLine: (line) => {
        stdout.add(line);
      },
      onStderrLine: (line) => {
        stderr.add(line);
      },
    }).then(
      ({ exitCode }) => {
        this.#result = { exitCode };
      },
      (error: unknown) => {
        this.#result = { error };
      },
    );
  }

  get hasEnded(): boolean {
    return this.#result !== undefined;
  }

  /** That of the container; undefined while it runs. Throws if the process could not be run. */
  get exitCode(): number | undefined {
    if (this.#result === undefined) return undefined;
    if ("error" in this.#result) throw this.#result.error;
    return this.#result.exitCode;
  }

  /** The last lines of the container: first those of stdout, then those of stderr. */
  readLog(lines: number): string {
    return this.#streams.flatMap((stream) => stream.last(lines)).join("\n");
  }
}

/** The lines of one stream, about a million characters of them. */
class RecentLines {
  readonly #lines: string[] = [];
  #characters = 0;

  add(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length + 1;
    while (this.#characters > MAX_CHARACTERS && this.#lines.length > 1)
      this.#characters -= (this.#lines.shift()?.length ?? 0) + 1;
  }

  last(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }
}
