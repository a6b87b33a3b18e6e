/** What happened, and what breaks a rule. For administrators. */

import type { components } from "../api";
import type { Filters } from "./ask";
import { type List, type Repeatedly, useList } from "./state";

export type AuditEntry = components["schemas"]["AuditEntry"];
export type Event = components["schemas"]["Event"];
export type Violation = components["schemas"]["Violation"];
export type AuditFilters = Filters<"/api/admin/audit-log">;
export type EventFilters = Filters<"/api/admin/events">;

export function useAuditLog(filters: AuditFilters = {}): List<AuditEntry> {
  return useList("/api/admin/audit-log", filters);
}

/** Events as they happen: asked for again every five seconds, or as `every` says; of more pages, less often. */
export function useEvents(filters: EventFilters = {}, { every = 5000 }: Repeatedly = {}): List<Event> {
  return useList("/api/admin/events", filters, { every });
}

export function useInvariants(): List<Violation> {
  return useList("/api/admin/invariants", {});
}
