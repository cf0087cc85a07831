import type { KubeConfig } from "./kube-config.js";

/** The secrets of a repository that jobs take a pool's access from. */
export const KUBECONFIG_SECRET = "CROSS_BUILD_KUBECONFIG";
export const KEY_SECRET = "CROSS_BUILD_SSH_PRIVATE_KEY";
/** The variable of a repository with `NAMESPACE/NAME`. */
export const POOL_VARIABLE = "CROSS_BUILD_KUBERNETES_POOL";

/**
 * A kubeconfig for jobs. It has only what the Role of the pool allows.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function renderKubeconfig(
  { server, ca, tlsServerName, proxyUrl }: Omit<KubeConfig, "user">,
  namespace: string,
  token: string,
): string {
  const name = "pool";
  // JSON is YAML, and quotes whatever is in a name.
  return `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name,
          cluster: {
            server,
            ...(ca !== undefined && { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
            ...(tlsServerName !== undefined && { "tls-server-name": tlsServerName }),
            ...(proxyUrl !== undefined && { "proxy-url": proxyUrl }),
          },
        },
      ],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace } }],
      "current-context": name,
    },
    undefined,
    2,
  )}\n`;
}

/** The lines of a workflow that use a pool. */
export function renderWorkflowLines(pool: string): string {
  return [
    "with:",
    `  kubernetes-pool: ${pool}`,
    `  kubeconfig: \${{ secrets.${KUBECONFIG_SECRET} }}`,
    `  ssh-private-key: \${{ secrets.${KEY_SECRET} }}`,
    "",
  ].join("\n");
}
