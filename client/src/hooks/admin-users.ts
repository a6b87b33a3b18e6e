/** Users as administrators see and change them. */

import type { components } from "../api";
import { type Client, type ManagedUser, unwrap } from "../client";
import { type Filters, orProblem } from "./ask";
import type { Placement } from "./me";
import { type Action, type List, type Query, useAction, useAsked, useList } from "./state";

export type UserFilters = Filters<"/api/admin/users">;
export type UserStatus = components["schemas"]["UserStatus"];
export type UserChanges = components["schemas"]["UserChanges"];

export function useAdminUsers(filters: UserFilters = {}): List<ManagedUser> {
  return useList("/api/admin/users", filters);
}

/** `etag` says what the user was like when they were asked for: see `useUpdateUser`. */
export function useAdminUser(id: string): Query<ManagedUser> & { readonly etag: string | undefined } {
  const ask = async (client: Client, signal: AbortSignal) => {
    const answer = await orProblem(client.GET("/api/admin/users/{id}", { params: { path: { id } }, signal }), signal);
    return { user: unwrap(answer), etag: answer.response.headers.get("etag") ?? undefined };
  };
  const { data, ...state } = useAsked(["/api/admin/users/{id}", id], ask);
  return { ...state, data: data?.user, etag: data?.etag };
}

export interface UserUpdate {
  readonly id: string;
  readonly changes: UserChanges;
  /** Refused with `precondition_failed` if the user is not like this any more. */
  readonly etag?: string | undefined;
}

/** Changes a user: name, status (suspend, reactivate, delete), rights, metadata. */
export function useUpdateUser(): Action<UserUpdate, ManagedUser> {
  return useAction(async (client, { id, changes, etag }) => {
    const params = { path: { id }, header: etag === undefined ? {} : { "If-Match": etag } };
    return unwrap(await client.PATCH("/api/admin/users/{id}", { params, body: changes }));
  });
}

export interface Move {
  readonly userId: string;
  readonly clusterId: string;
}

/** Moves a user to a cluster; an owner with the whole team. */
export function useMoveUser(): Action<Move, Placement> {
  return useAction(async (client, { userId, clusterId }) =>
    unwrap(await client.POST("/api/clusters/assign", { body: { user_id: userId, cluster_id: clusterId } })),
  );
}

/** Takes the seat of the user with this id. */
export function useUnassignUser(): Action<string, Placement> {
  return useAction(async (client, user_id) =>
    unwrap(await client.DELETE("/api/clusters/assign/{user_id}", { params: { path: { user_id } } })),
  );
}
