/** Whether the signed-in user is an administrator: what to show. What they may do is for the API to say, at each call. */

import { useEffect, useState } from "react";

import type { Client } from "./client";
import { unwrap } from "./client";
import { useClient } from "./client-context";

export interface AdminState {
  /** False until it is known, and if it cannot be found out. */
  readonly isAdmin: boolean;
  readonly loading: boolean;
}

export function useAdmin(): AdminState {
  const client = useClient();
  const [known, setKnown] = useState<{ readonly of: Client; readonly isAdmin: boolean }>();

  useEffect(() => {
    const abort = new AbortController();
    void isAdministrator(client, abort.signal).then((isAdmin) => {
      // Somebody else may have signed in since, or nobody looks any more.
      if (!abort.signal.aborted) setKnown({ of: client, isAdmin });
    });
    return () => abort.abort();
  }, [client]);

  const loading = known?.of !== client;
  return { isAdmin: !loading && known.isAdmin, loading };
}

async function isAdministrator(client: Client, signal: AbortSignal): Promise<boolean> {
  try {
    return unwrap(await client.GET("/api/auth/me", { signal })).is_admin;
  } catch {
    return false;
  }
}
