/**
 * Whether a list of host patterns includes a host. `*` and `?` are wildcards, and `!` excludes hosts.
 * @see ssh_config(5), "PATTERNS"
 */
export function matchesHostPatterns(patterns: readonly string[], host: string): boolean {
  return (
    patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern, host)) &&
    !patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1), host))
  );
}

function matches(pattern: string, host: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    // Several stars in a row match what one star matches, but make the expression slow.
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i").test(host);
}
