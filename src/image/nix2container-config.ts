import type { Nix2containerImage } from "./nix2container-json.js";

/**
 * The config of an image as Go writes it: empty values are left out, keys of maps are sorted, and the
 * characters that HTML knows are escaped.
 * @see https://github.com/nlewo/nix2container, nix/image.go, GetConfigBlob
 * @see https://pkg.go.dev/encoding/json#Marshal
 */
export function renderGoConfig({ architecture, created, config, layers }: Nix2containerImage): Buffer {
  const json = renderObject([
    ["created", renderText(created)],
    ["architecture", JSON.stringify(architecture)],
    ["os", JSON.stringify("linux")],
    [
      "config",
      renderObject([
        ["User", renderText(config.User)],
        ["ExposedPorts", renderMap(config.ExposedPorts)],
        ["Env", renderList(config.Env)],
        ["Entrypoint", renderList(config.Entrypoint)],
        ["Cmd", renderList(config.Cmd)],
        ["Volumes", renderMap(config.Volumes)],
        ["WorkingDir", renderText(config.WorkingDir)],
        ["Labels", renderMap(config.Labels)],
        ["StopSignal", renderText(config.StopSignal)],
        ["ArgsEscaped", renderFlag(config.ArgsEscaped)],
      ]),
    ],
    [
      "rootfs",
      renderObject([
        ["type", JSON.stringify("layers")],
        ["diff_ids", renderList(layers.map(({ diffId }) => diffId))],
      ]),
    ],
    ["history", `[${layers.map(({ history }) => renderHistory(history)).join(",")}]`],
  ]);
  const escaped = json.replace(/[<>&\u2028\u2029]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return Buffer.from(escaped);
}

function renderHistory(history: Nix2containerImage["layers"][number]["history"]): string {
  return renderObject([
    ["created", renderText(history.created)],
    ["created_by", renderText(history.created_by)],
    ["author", renderText(history.author)],
    ["comment", renderText(history.comment)],
    ["empty_layer", renderFlag(history.empty_layer)],
  ]);
}

/** In the given order, without the keys that have no value. JavaScript would sort keys that are numbers. */
function renderObject(entries: readonly (readonly [key: string, json: string | undefined])[]): string {
  const present = entries.filter(([, json]) => json !== undefined);
  return `{${present.map(([key, json]) => `${JSON.stringify(key)}:${json ?? ""}`).join(",")}}`;
}

function renderText(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : JSON.stringify(text);
}

function renderFlag(flag: boolean | undefined): string | undefined {
  return flag === true ? "true" : undefined;
}

function renderList(list: readonly string[] | undefined): string | undefined {
  return list === undefined || list.length === 0 ? undefined : JSON.stringify(list);
}

/** Go sorts by the bytes of the keys. */
function renderMap(map: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  return entries.length === 0
    ? undefined
    : renderObject(entries.map(([key, value]) => [key, JSON.stringify(value)]));
}
