/** The headers of a registry's answer for a tag's manifest, which have its digest and media type. */
export async function readTagHeaders(
  {
    host,
    username,
    password,
  }: { readonly host: string; readonly username: string; readonly password: string },
  name: string,
  tag: string,
): Promise<Headers> {
  const answer = await fetch(`http://${host}/v2/${name}/manifests/${tag}`, {
    method: "HEAD",
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
      accept: "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json",
    },
  });
  return answer.headers;
}
