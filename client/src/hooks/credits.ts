/** What an account has and owes. `userId` is for administrators: everybody else gets their own. */

import type { components } from "../api";
import { unwrap } from "../client";
import { type Action, type List, type Query, useAction, useAnswer, useList } from "./state";

export type AccountCredits = components["schemas"]["AccountCredits"];
export type Entry = components["schemas"]["Entry"];
export type Statement = components["schemas"]["Statement"];
export type AccountPolicy = components["schemas"]["AccountPolicy"];
export type NewPolicy = components["schemas"]["NewPolicy"];
export type Purchase = components["schemas"]["Purchase"];
export type Adjustment = components["schemas"]["Adjustment"];

export interface OfAccount {
  readonly userId?: string | undefined;
}

const queryOf = ({ userId }: OfAccount) => (userId === undefined ? {} : { user_id: userId });

export function useCredits({ userId }: OfAccount = {}): Query<AccountCredits> {
  return useAnswer("/api/credits", { query: { user_id: userId } });
}

export function useTransactions({ userId }: OfAccount = {}): List<Entry> {
  return useList("/api/credits/transactions", { user_id: userId });
}

/** `month` is such as `2026-11`. */
export function useStatement(month: string, { userId }: OfAccount = {}): Query<Statement> {
  return useAnswer("/api/credits/statements/{month}", { path: { month }, query: { user_id: userId } });
}

/** Fetches a statement as a file (CSV), of a month such as `2026-11`. */
export function useStatementFile(account: OfAccount = {}): Action<string, Blob> {
  const csv = { headers: { accept: "text/csv" }, parseAs: "blob" } as const;
  return useAction(
    async (client, month) => {
      const params = { path: { month }, query: queryOf(account) };
      return unwrap(await client.GET("/api/credits/statements/{month}", { params, ...csv })) as Blob;
    },
    { reads: true },
  );
}

export function useCreditPolicy({ userId }: OfAccount = {}): Query<AccountPolicy> {
  return useAnswer("/api/credits/policy", { query: { user_id: userId } });
}

/** Sets the whole policy of an account: what is left out is as the default says. */
export function useSetCreditPolicy(account: OfAccount = {}): Action<NewPolicy, AccountPolicy> {
  const params = { query: queryOf(account) };
  return useAction(async (client, body) => unwrap(await client.PUT("/api/credits/policy", { params, body })));
}

/** Records what an account owner has paid (for administrators). */
export function useRecordPurchase(): Action<Purchase, Entry> {
  return useAction(
    async (client, body, key) =>
      unwrap(await client.POST("/api/credits/purchases", { params: { header: { "Idempotency-Key": key } }, body })),
    { keyed: true },
  );
}

/** Corrects an account's credits, or returns a purchase (for administrators). */
export function useAdjustCredits(): Action<Adjustment, Entry> {
  return useAction(
    async (client, body, key) =>
      unwrap(await client.POST("/api/credits/adjustments", { params: { header: { "Idempotency-Key": key } }, body })),
    { keyed: true },
  );
}
