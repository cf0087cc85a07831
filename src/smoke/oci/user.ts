/** The user of a container's processes, by numbers. */
export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
}

/** The text of `/etc/passwd` and `/etc/group` of a container; empty if it has none. */
export interface UserFiles {
  readonly passwd: string;
  readonly group: string;
}

const MAX_ID = 2 ** 31 - 1;

/**
 * Finds the user that an image's config or a smoke test names: `USER`, `UID`, and either of them with
 * `:GROUP` or `:GID`. A number need not be in the files. Returns what is wrong if a name is not there.
 * @see https://github.com/moby/sys/blob/user/v0.4.0/user/user.go, GetExecUser
 */
export function findUser(name: string, files: UserFiles): ContainerUser | { readonly problem: string } {
  const [wanted = "", wantedGroup] = name.split(":");
  const users = parseLines(files.passwd);
  const groups = parseLines(files.group);
  const number = wanted === "" ? 0 : tryParseId(wanted);
  const entry = users.find(
    ([known, , uid]) =>
      (wanted !== "" && known === wanted) || (number !== undefined && uid === String(number)),
  );
  const uid = tryParseId(entry?.[2] ?? "") ?? number;
  if (uid === undefined) return { problem: `its /etc/passwd has no user ${JSON.stringify(wanted)}` };
  const home = entry?.[5] ?? "";
  const about = { uid, home: home === "" ? "/" : home };
  if (wantedGroup === undefined || wantedGroup === "") {
    const member = entry?.[0];
    const additionalGids = groups
      .filter(([, , , members = ""]) => member !== undefined && members.split(",").includes(member))
      .flatMap(([, , gid = ""]) => tryParseId(gid) ?? []);
    return { ...about, gid: tryParseId(entry?.[3] ?? "") ?? 0, additionalGids };
  }
  const group = groups.find(([known]) => known === wantedGroup);
  const gid = tryParseId(group?.[2] ?? "") ?? tryParseId(wantedGroup);
  if (gid === undefined) return { problem: `its /etc/group has no group ${JSON.stringify(wantedGroup)}` };
  return { ...about, gid, additionalGids: [] };
}

function parseLines(text: string): readonly (readonly string[])[] {
  return text.split("\n").map((line) => line.trim().split(":"));
}

function tryParseId(text: string): number | undefined {
  if (!/^[0-9]{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= MAX_ID ? id : undefined;
}
