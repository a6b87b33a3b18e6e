/** Filters of a list, kept in the address, so that a link to it shows the same list. */

import { useLocation, useSearch } from "wouter";

export type Filters<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/** What is changed; an empty value removes a filter. */
export type SetFilters<Name extends string> = (changes: Filters<Name>) => void;

export function useFilters<Name extends string>(names: readonly Name[]): [Filters<Name>, SetFilters<Name>] {
  const said = new URLSearchParams(useSearch());
  const [path, navigate] = useLocation();
  const given = names.map((name) => [name, said.get(name) ?? ""] as const).filter(([, value]) => value !== "");
  const filters = Object.fromEntries(given) as Filters<Name>;
  return [filters, (changes) => navigate(linkTo(path, { ...filters, ...changes }))];
}

/** The address of a list with filters. */
export function linkTo(path: string, filters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(filters).filter((one): one is [string, string] => one[1] !== undefined && one[1] !== "");
  const query = new URLSearchParams(given).toString();
  return query === "" ? path : `${path}?${query}`;
}

const DAY_MS = 86_400_000;

/**
 * Days (UTC), both included, as the times that the API takes: it answers what is before `to`. What is no day is left as
 * it is, for the API to refuse.
 */
export function timesOf({ from, to }: Filters<"from" | "to">): { from: string | undefined; to: string | undefined } {
  return { from: from && startOf(from, 0), to: to && startOf(to, DAY_MS) };
}

function startOf(date: string, laterMs: number): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) ? date : new Date(at + laterMs).toISOString();
}
