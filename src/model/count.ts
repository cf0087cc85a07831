/** A number of bytes in MiB: "1.5 MiB". */
export function renderMebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

/** A number and its noun, singular or plural: "1 derivation", "2 derivations". */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** A time as a person reads it: "3.2 s", "12 min 4 s", "2 h 5 min". */
export function renderDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${Math.min(durationMs / 1000, 59.9).toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The change from one number to another in percent: "+20 %", "−3 %"; empty if the first one is zero. */
export function renderChange(now: number, before: number): string {
  if (before === 0) return "";
  const percent = Math.round((now / before - 1) * 100);
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent)} %`;
}
