/** How a target is built; see docs/strategies.md. In the order in which `auto` would rather have them. */
export const STRATEGIES = ["native", "cross-compile", "remote", "emulate"] as const;

export type Strategy = (typeof STRATEGIES)[number];
