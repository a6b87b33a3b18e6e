/** Hopsworks clusters with their seats, and the accounts of users on them. For administrators. */

import type { components } from "../api";
import { unwrap } from "../client";
import type { Filters } from "./ask";
import { type Action, type List, useAction, useList, usePages } from "./state";

export type HopsworksCluster = components["schemas"]["HopsworksCluster"];
export type HopsworksClusterChanges = components["schemas"]["HopsworksClusterChanges"];
export type ManagedHopsworksAccount = components["schemas"]["ManagedHopsworksAccount"];
export type AccountFilters = Filters<"/api/admin/hopsworks-accounts">;

/** `waitingUsers`: how many wait for a seat anywhere. */
export function useClusters(): List<HopsworksCluster> & { readonly waitingUsers: number | undefined } {
  const { list, pages } = usePages("/api/admin/hopsworks-clusters", {});
  return { ...list, waitingUsers: pages?.[0]?.waiting_users };
}

export interface ClusterUpdate {
  readonly id: string;
  readonly changes: HopsworksClusterChanges;
}

/** Changes a cluster, and seats those who wait if that made room. */
export function useUpdateCluster(): Action<ClusterUpdate, HopsworksCluster> {
  return useAction(async (client, { id, changes }) =>
    unwrap(await client.PATCH("/api/admin/hopsworks-clusters/{id}", { params: { path: { id } }, body: changes })),
  );
}

export interface Check {
  readonly id: string;
  /** Also what would change more than a sweep may by itself. */
  readonly accept?: boolean;
}

/** Has all accounts of a cluster looked at again. */
export function useCheckCluster(): Action<Check, HopsworksCluster> {
  return useAction(async (client, { id, accept = false }) =>
    unwrap(await client.POST("/api/admin/hopsworks-clusters/{id}/check", { params: { path: { id } }, body: { accept } })),
  );
}

export function useAccounts(filters: AccountFilters = {}): List<ManagedHopsworksAccount> {
  return useList("/api/admin/hopsworks-accounts", filters);
}

/** Has the account with this id tried again. */
export function useRetryAccount(): Action<string, ManagedHopsworksAccount> {
  return useAction(async (client, id) =>
    unwrap(await client.POST("/api/admin/hopsworks-accounts/{id}/retry", { params: { path: { id } } })),
  );
}
