/**
 * System calls that Docker's default profile blocks for a container without further capabilities. Docker
 * lists what it allows, and this list what its documentation names as blocked. Left out are `ptrace`,
 * `process_vm_readv` and `process_vm_writev`, which the profile allows on Linux 4.8 and newer, and
 * `personality`, which it allows with some arguments.
 * @see https://docs.docker.com/engine/security/seccomp/, "Significant syscalls blocked by the default
 * profile"
 */
const BLOCKED: readonly string[] = [
  ...["acct", "add_key", "bpf", "clock_adjtime", "clock_settime", "create_module", "delete_module"],
  ...["finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "get_kernel_syms", "get_mempolicy"],
  ...["init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp"],
  ...["kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mbind", "mount", "mount_setattr"],
  ...["move_mount", "move_pages", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open"],
  ...["pivot_root", "query_module", "quotactl", "quotactl_fd", "reboot", "request_key", "set_mempolicy"],
  ...["setns", "settimeofday", "stime", "swapoff", "swapon", "sysfs", "_sysctl", "umount", "umount2"],
  ...["unshare", "uselib", "userfaultfd", "ustat", "vm86", "vm86old"],
];

/** The flags of clone(2) that make namespaces: mount, cgroup, UTS, IPC, user, PID and network. */
const NAMESPACE_FLAGS = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];

/** By the name of the CPU that Node has for it: programs for all of these run on it. */
const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
};

const EPERM = 1;
const ENOSYS = 38;

/**
 * The filter of a container's system calls; undefined on a CPU for which there is none.
 * @see OCI runtime-spec, config-linux.md, "Seccomp"
 */
export function renderSeccomp(cpu: string): object | undefined {
  const architectures = ARCHITECTURES[cpu];
  if (architectures === undefined) return undefined;
  const block = (names: readonly string[], more: object = {}) => {
    return { names, action: "SCMP_ACT_ERRNO", errnoRet: EPERM, ...more };
  };
  return {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures,
    syscalls: [
      block(BLOCKED),
      // A filter cannot see the flags of clone3, for which C libraries then use clone.
      block(["clone3"], { errnoRet: ENOSYS }),
      ...NAMESPACE_FLAGS.map((flag) =>
        block(["clone"], {
          args: [{ index: 0, value: flag, valueTwo: flag, op: "SCMP_CMP_MASKED_EQ" }],
        }),
      ),
    ],
  };
}
