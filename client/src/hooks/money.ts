/** Prices, and payments that a person must decide about. For administrators. */

import type { components } from "../api";
import { unwrap } from "../client";
import type { Filters } from "./ask";
import { type Action, type List, useAction, useList } from "./state";

export type Rate = components["schemas"]["Rate"];
export type NewRate = components["schemas"]["NewRate"];
export type ParkedPayment = components["schemas"]["ParkedPayment"];
export type Resolution = components["schemas"]["Resolution"];
export type PaymentFilters = Filters<"/api/admin/parked-payments">;

export function useRates(): List<Rate> {
  return useList("/api/admin/rates", {});
}

/** Sets prices from a day on. They can be set again until usage has been charged by them. */
export function useSetRate(): Action<NewRate, Rate> {
  return useAction(async (client, body) => unwrap(await client.POST("/api/admin/rates", { body })));
}

export function useParkedPayments(filters: PaymentFilters = {}): List<ParkedPayment> {
  return useList("/api/admin/parked-payments", filters);
}

export interface Decision {
  readonly id: string;
  readonly resolution: Resolution;
}

/** Says whose a payment is, or that nothing is to be credited. */
export function useResolveParkedPayment(): Action<Decision, ParkedPayment> {
  return useAction(async (client, { id, resolution }) =>
    unwrap(await client.POST("/api/admin/parked-payments/{id}/resolve", { params: { path: { id } }, body: resolution })),
  );
}
