import { describe, expect, it } from "@jest/globals";

import { selectContext } from "../../../src/kubernetes/kubeconfig-file.js";

const FILE = "/home/me/.kube/config";
const TEXT = `
contexts:
  - { name: one, context: { cluster: c, user: u } }
  - { name: two, context: { cluster: c, user: u } }
clusters:
  - name: c
    cluster: { server: "https://example.org", certificate-authority: pki/ca.crt }
users:
  - name: u
    user: { client-certificate: /etc/me.crt, client-key: me.key, exec: { command: ./plugin } }
  - name: plugin
    user: { tokenFile: token, exec: { command: aws } }
current-context: one
`;

const select = (text: string, context = ""): unknown => JSON.parse(selectContext(text, FILE, context));

describe("selectContext", () => {
  it("resolves paths in the folder of the file, but neither absolute ones nor programs of PATH", () => {
    expect(select(TEXT)).toMatchObject({
      clusters: [{ cluster: { "certificate-authority": "/home/me/.kube/pki/ca.crt" } }],
      users: [
        {
          user: {
            "client-certificate": "/etc/me.crt",
            "client-key": "/home/me/.kube/me.key",
            exec: { command: "/home/me/.kube/plugin" },
          },
        },
        { user: { tokenFile: "/home/me/.kube/token", exec: { command: "aws" } } },
      ],
    });
  });

  it.each([
    ["", "one"],
    ["two", "two"],
  ])("takes the context %j", (context, current) => {
    expect(select(TEXT, context)).toMatchObject({ "current-context": current });
  });

  it.each([
    [TEXT, "three", /has no context "three"/, /one, two/],
    ["{}", "three", /has no context "three"/, /no contexts/],
    ["token: [SECRET", "", /^\/home\/me\/\.kube\/config is not a kubeconfig$/, /--kubeconfig/],
    ["SECRET", "", /^\/home\/me\/\.kube\/config is not a kubeconfig$/, /--kubeconfig/],
  ])("refuses %j with the context %j", (text, context, message, hint) => {
    expect(() => selectContext(text, FILE, context)).toThrow(
      expect.objectContaining({
        code: "INPUT_INVALID",
        message: expect.stringMatching(message) as unknown,
        hint: expect.stringMatching(hint) as unknown,
      }),
    );
  });
});
