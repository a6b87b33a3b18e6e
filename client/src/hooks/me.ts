/** The signed-in user: who they are, where they work, and what they may see. */

import type { components } from "../api";
import { unwrap } from "../client";
import { type Action, type Query, type Repeatedly, useAction, useAnswer } from "./state";

export type UserState = components["schemas"]["UserState"];
export type SyncedUser = components["schemas"]["SyncedUser"];
export type Placement = components["schemas"]["Placement"];
export type Metadata = components["schemas"]["Metadata"];

export function useMe(options: Repeatedly = {}): Query<UserState> {
  return useAnswer("/api/auth/me", {}, options);
}

export interface AdminState {
  /** False until it is known, and if it cannot be found out. */
  readonly isAdmin: boolean;
  readonly loading: boolean;
}

/** Whether the signed-in user is an administrator: what to show. What they may do is for the API to say, at each call. */
export function useAdmin(): AdminState {
  const { data, loading, problem } = useMe();
  const refused = problem !== undefined && [401, 403].includes(problem.problem.status);
  return { isAdmin: !refused && data?.is_admin === true, loading };
}

/** Reports the user's own login, for whom the API does not know yet (`account_unknown`). */
export function useReportLogin(): Action<void, SyncedUser> {
  return useAction(async (client) => unwrap(await client.POST("/api/auth/me")));
}

/** Changes the preferences in the user's metadata (a merge patch: `null` removes). */
export function useUpdatePreferences(): Action<Metadata, UserState> {
  return useAction(async (client, preferences) =>
    unwrap(await client.PATCH("/api/auth/me", { body: { metadata: { preferences } } })),
  );
}

/** Gets the seat that is due to the user, or their place in the queue. */
export function useAssignSeat(): Action<void, Placement> {
  return useAction(async (client) => unwrap(await client.POST("/api/clusters/assign", { body: {} })));
}
