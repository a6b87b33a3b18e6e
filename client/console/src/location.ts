/** Where the user is: all of it stands in the fragment, also a query (`#/admin/users?status=active`), so any file server will do. */

import { useSyncExternalStore } from "react";

const CHANGED = ["hashchange", "popstate"];

function subscribe(changed: () => void): () => void {
  for (const event of CHANGED) addEventListener(event, changed);
  return () => CHANGED.forEach((event) => removeEventListener(event, changed));
}

const inFragment = (part: 0 | 1) => window.location.hash.replace(/^#?\/?/, "/").split("?", 2)[part] ?? "";
// The router takes one layer of escapes away. So that it takes none of ours: `%` in its own one.
const escaped = (part: 0 | 1) => () => inFragment(part).replaceAll("%", "%25");
const path = escaped(0);
const search = escaped(1);

export interface NavigateOptions {
  readonly replace?: boolean;
}

/** Goes to a page, such as `/admin/users?status=active`. */
export function navigate(to: string, { replace = false }: NavigateOptions = {}): void {
  const url = `#${to}`;
  if (replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  dispatchEvent(new Event("hashchange"));
}

function useFragment(): [string, typeof navigate] {
  return [useSyncExternalStore(subscribe, path), navigate];
}

/** For `<Router hook>`. */
export const useHashLocation = Object.assign(useFragment, {
  searchHook: () => useSyncExternalStore(subscribe, search),
  hrefs: (to: string) => `#${to}`,
});

/** An id as it stands in a page's path, and back. */
export const inPagePath = encodeURIComponent;
export function outOfPagePath(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Somebody has typed it.
    return part;
  }
}
