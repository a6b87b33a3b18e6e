/** What differs between two JSON values, member by member: an entry of the audit log as a person reads it. */

export interface Change {
  /** Where, such as `provisioning.owner_projects` or `team[auth0|bob].status`. */
  readonly path: string;
  /** Undefined where there was nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface Compared {
  readonly changed: readonly Change[];
  readonly unchanged: readonly Change[];
}

/** `null` as a whole is "there was nothing", as the audit log means it. */
export function compare(before: unknown, after: unknown): Compared {
  const was = leaves(before);
  const is = leaves(after);
  const all = [...new Set([...is.keys(), ...was.keys()])].map((path) => ({
    path,
    before: was.get(path),
    after: is.get(path),
  }));
  return {
    changed: all.filter((one) => one.before !== one.after),
    unchanged: all.filter((one) => one.before === one.after),
  };
}

function leaves(value: unknown): Map<string, string> {
  const found = new Map<string, string>();
  if (value !== null && value !== undefined) collect(value, "", found);
  return found;
}

function collect(value: unknown, path: string, found: Map<string, string>): void {
  const members = membersOf(value, path);
  if (members === undefined) {
    found.set(path, shown(value));
    return;
  }
  for (const [memberPath, member] of members) collect(member, memberPath, found);
}

/** Undefined for what is shown as a whole: texts, numbers, lists of them, and what is empty. */
function membersOf(value: unknown, path: string): [string, unknown][] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    if (!value.every((item) => typeof item === "object" && item !== null) || value.length === 0) return undefined;
    return value.map((item: object, index) => [`${path}[${nameOf(item) ?? index}]`, item]);
  }
  const members = Object.entries(value);
  if (members.length === 0) return undefined;
  return members.map(([name, member]) => [path === "" ? name : `${path}.${name}`, member]);
}

/** So that an item is compared with itself, wherever it stands. */
function nameOf(item: object): string | undefined {
  const { id, user_id: userId } = item as { readonly id?: unknown; readonly user_id?: unknown };
  return typeof id === "string" ? id : typeof userId === "string" ? userId : undefined;
}

function shown(value: unknown): string {
  if (value === null) return "none";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (typeof value === "string") return value === "" ? '""' : value;
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(shown).join(", ");
  return JSON.stringify(value) === "{}" ? "none" : JSON.stringify(value);
}
