import { spawnSync } from "node:child_process";

/**
 * crun refuses a machine whose cgroup v2 has a controller while the others belong to cgroup v1, as this one
 * may be. Each file of tests has mounts of its own, so nothing else notices that this one is gone.
 */
export function prepareCrun(): void {
  spawnSync("umount", ["--lazy", "/sys/fs/cgroup/unified"]);
}
