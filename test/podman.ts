import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The environment in which Podman stores everything in `folder`, and Docker does not answer. It sets runc and
 * its own limits, since the test machine may be a container.
 */
export function preparePodman(
  folder: string,
  driver: "overlay" | "vfs" = "overlay",
): Readonly<Record<string, string>> {
  const containers = join(folder, "containers.conf");
  const storage = join(folder, "storage.conf");
  writeFileSync(
    containers,
    `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
lock_type = "file"
tmp_dir = "${join(folder, "libpod")}"
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
`,
  );
  writeFileSync(
    storage,
    `[storage]
driver = "${driver}"
graphroot = "${join(folder, "storage")}"
runroot = "${join(folder, "run")}"
`,
  );
  return {
    DOCKER_HOST: "unix:///nonexistent/docker.sock",
    CONTAINERS_CONF: containers,
    CONTAINERS_STORAGE_CONF: storage,
  };
}
