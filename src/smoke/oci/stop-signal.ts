/** The first real-time signal that programs use. @see signal(7), "Real-time signals" */
const RTMIN = 34;

/**
 * The stop signal of an image in the form that OCI runtimes read; undefined if it is none. SIGTERM, if the
 * image does not set one.
 */
export function tryParseStopSignal(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined || text === "") return "SIGTERM";
  const [, offset] = /^(?:SIG)?RTMIN\+([0-9]{1,2})$/.exec(text) ?? [];
  if (offset !== undefined) return String(RTMIN + Number(offset));
  return /^(?:[0-9]{1,2}|(?:SIG)?[A-Z][A-Z0-9]{1,8})$/.test(text) ? text : undefined;
}
