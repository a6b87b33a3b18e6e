/** What was used, and what it costs. */

import type { components } from "../api";
import type { OfAccount } from "./credits";
import { type List, type Query, useAnswer, useList } from "./state";

export type GroupBy = components["schemas"]["GroupBy"];
export type Scope = components["schemas"]["Scope"];
export type PublishedRate = components["schemas"]["PublishedRate"];
type Usage = components["schemas"]["Usage"];
type GroupUsage = components["schemas"]["GroupUsage"];

/** Days such as `2026-11-25` (UTC), both included. Without `start` 30 days, without `end` until today. */
export interface Days {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

export interface OfUsage extends OfAccount {
  /** `own`, unless it says `account`: what the account pays for (for its owner). */
  readonly scope?: Scope | undefined;
}

/** Day by day, and with `scope: "account"` by member. */
export type UsageByDay = Omit<Usage, "groups">;

/** What a group is made by, it names. */
export type Group<G extends GroupBy> = Omit<GroupUsage, "date" | "user_id" | "name" | "email" | "project"> &
  (G extends `${string}day${string}` ? { date: string } : unknown) &
  (G extends `${string}user${string}` ? { user_id: string; name?: string | null; email?: string | null } : unknown) &
  (G extends `${string}project${string}` ? { /** Empty for what no project used. */ project: string } : unknown);

export type UsageByGroup<G extends GroupBy> = Omit<Usage, "days" | "members" | "groups"> & { groups: Group<G>[] };

export type UsageBy<G extends GroupBy | undefined> = G extends GroupBy ? UsageByGroup<G> : UsageByDay;

/** At most 366 days; 400 by group. */
export function useUsage<G extends GroupBy | undefined = undefined>(
  { start, end }: Days,
  groupBy?: G,
  { scope = "own", userId }: OfUsage = {},
): Query<UsageBy<G>> {
  const query = { start, end, group_by: groupBy, scope, user_id: userId };
  return useAnswer("/api/usage", { query }) as Query<Usage> as Query<UsageBy<G>>;
}

/** Prices, latest first: each applies from its day until the next one's. */
export function usePrices(): List<PublishedRate> {
  return useList("/api/rates", {});
}
