/** How a target is built; see docs/strategies.md. */
export const STRATEGIES = ["native", "cross-compile", "remote", "emulate"] as const;

export type Strategy = (typeof STRATEGIES)[number];
