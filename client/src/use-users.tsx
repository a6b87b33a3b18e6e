/** An example for the web app: users page by page, and one of them suspended. */

import { useCallback, useEffect, useMemo, useState } from "react";

import type { paths } from "./api";
import { ApiProblem, type Client, type ManagedUser, unwrap } from "./client";
import { useClient } from "./client-context";
import { useAdmin } from "./use-admin";

type Query = NonNullable<paths["/api/admin/users"]["get"]["parameters"]["query"]>;

/** Which users; `limit` is the size of a page. */
export type UserFilters = Omit<Query, "cursor">;

/** One list: all pages of it are asked by the same filters. */
interface List {
  readonly client: Client;
  readonly filters: UserFilters;
}

interface Shown {
  readonly list: List;
  readonly users: readonly ManagedUser[];
  readonly nextCursor: string | null;
  readonly problem: ApiProblem | undefined;
  /** Until the first page is there. */
  readonly loading: boolean;
}

const nothingOf = (list: List): Shown => ({ list, users: [], nextCursor: null, problem: undefined, loading: true });

export function useUsers(filters: UserFilters = {}) {
  const client = useClient();
  const said = JSON.stringify(filters);
  // A new list when the filters say something else, and not with each new object that says the same.
  const list = useMemo<List>(() => ({ client, filters: JSON.parse(said) as UserFilters }), [client, said]);
  const [state, setShown] = useState(() => nothingOf(list));
  const shown = state.list === list ? state : nothingOf(list);

  /** Changes what is shown of a list. What comes too late, when another list is shown, changes nothing. */
  const change = useCallback((of: List, how: (shown: Shown) => Partial<Shown>) => {
    setShown((shown) => (shown.list === of ? { ...shown, ...how(shown) } : shown));
  }, []);

  const trying = useCallback(
    async (of: List, attempt: () => Promise<void>) => {
      change(of, () => ({ problem: undefined }));
      try {
        await attempt();
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error;
        change(of, () => ({ problem: error, loading: false }));
      }
    },
    [change],
  );

  useEffect(() => {
    const abort = new AbortController();
    setShown(nothingOf(list));
    void trying(list, async () => {
      try {
        const query = { params: { query: list.filters }, signal: abort.signal };
        const page = unwrap(await list.client.GET("/api/admin/users", query));
        if (abort.signal.aborted) return;
        change(list, () => ({ users: page.items, nextCursor: page.next_cursor, loading: false }));
      } catch (error) {
        // Another list is asked for already, or nobody looks any more.
        if (!abort.signal.aborted) throw error;
      }
    });
    return () => abort.abort();
  }, [list, change, trying]);

  const { nextCursor } = shown;
  const loadMore = useCallback(
    () =>
      trying(list, async () => {
        if (nextCursor === null) return;
        const query = { ...list.filters, cursor: nextCursor };
        const page = unwrap(await list.client.GET("/api/admin/users", { params: { query } }));
        // Asked twice, a page is shown once.
        change(list, ({ users, nextCursor: present }) =>
          present === nextCursor ? { users: [...users, ...page.items], nextCursor: page.next_cursor } : {},
        );
      }),
    [list, nextCursor, change, trying],
  );

  const suspend = useCallback(
    (id: string) =>
      trying(list, async () => {
        const request = { params: { path: { id } }, body: { status: "suspended" } } as const;
        const changed = unwrap(await list.client.PATCH("/api/admin/users/{id}", request));
        change(list, ({ users }) => ({ users: users.map((user) => (user.id === id ? changed : user)) }));
      }),
    [list, change, trying],
  );

  const { users, problem, loading } = shown;
  return { users, problem, loading, suspend, loadMore: nextCursor === null ? undefined : loadMore };
}

export function AdminUsers({ filters }: { readonly filters: UserFilters }) {
  const { isAdmin, loading } = useAdmin();
  if (loading) return <p>Loading</p>;
  return isAdmin ? <Users filters={filters} /> : <p role="alert">This is for administrators.</p>;
}

function Users({ filters }: { readonly filters: UserFilters }) {
  const { users, problem, suspend, loadMore } = useUsers(filters);
  return (
    <section>
      {problem && <p role="alert">{problem.message}</p>}
      <ul>
        {users.map((user) => (
          <li key={user.id}>
            {user.name ?? user.email ?? user.id} ({user.status})
            {user.status === "active" && <button onClick={() => void suspend(user.id)}>Suspend</button>}
          </li>
        ))}
      </ul>
      {loadMore && <button onClick={() => void loadMore()}>More</button>}
    </section>
  );
}
