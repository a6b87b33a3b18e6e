/** An example for the web app: users page by page, and one of them suspended. */

import { useCallback, useEffect, useState } from "react";

import type { paths } from "./api";
import { ApiProblem, type Client, type ManagedUser, unwrap } from "./client";

type Query = NonNullable<paths["/api/admin/users"]["get"]["parameters"]["query"]>;

/** Which users; `limit` is the size of a page. */
export type UserFilters = Omit<Query, "cursor">;

/** `filters` must be the same object from one rendering to the next, as `useMemo` keeps it. */
export function useAdmin(client: Client, filters: UserFilters) {
  const [users, setUsers] = useState<readonly ManagedUser[]>([]);
  const [nextCursor, setNextCursor] = useState<string | null>(null);
  const [problem, setProblem] = useState<ApiProblem>();

  const trying = useCallback(async (attempt: () => Promise<void>) => {
    setProblem(undefined);
    try {
      await attempt();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      setProblem(error);
    }
  }, []);

  useEffect(() => {
    const abort = new AbortController();
    void trying(async () => {
      try {
        const query = { params: { query: filters }, signal: abort.signal };
        const page = unwrap(await client.GET("/api/admin/users", query));
        setUsers(page.items);
        setNextCursor(page.next_cursor);
      } catch (error) {
        // Other filters are asked for already, or nobody looks any more.
        if (!abort.signal.aborted) throw error;
      }
    });
    return () => abort.abort();
  }, [client, filters, trying]);

  const loadMore = useCallback(
    () =>
      trying(async () => {
        if (nextCursor === null) return;
        const query = { ...filters, cursor: nextCursor };
        const page = unwrap(await client.GET("/api/admin/users", { params: { query } }));
        setUsers((shown) => [...shown, ...page.items]);
        setNextCursor(page.next_cursor);
      }),
    [client, filters, nextCursor, trying],
  );

  const suspend = useCallback(
    (id: string) =>
      trying(async () => {
        const changed = unwrap(
          await client.PATCH("/api/admin/users/{id}", { params: { path: { id } }, body: { status: "suspended" } }),
        );
        setUsers((shown) => shown.map((user) => (user.id === id ? changed : user)));
      }),
    [client, trying],
  );

  return { users, problem, suspend, loadMore: nextCursor === null ? undefined : loadMore };
}

export function AdminUsers({ client, filters }: { readonly client: Client; readonly filters: UserFilters }) {
  const { users, problem, suspend, loadMore } = useAdmin(client, filters);
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
