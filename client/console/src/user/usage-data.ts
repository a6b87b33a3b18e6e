/** What a chart and its tables are made of: one answer, by day and project. Sums are exact; heights are floats. */

import type { Group } from "back-office-client";

import { sum } from "../decimal";

export type DayProject = Group<"day,project">;

export const MEASURES = {
  cost_usd: "Cost",
  cpu_hours: "CPU hours",
  gpu_hours: "GPU hours",
  storage_gb_months: "Storage (GB months)",
} as const;

/** Where there is little room. */
export const shortMeasure = (measure: Measure) => (measure === "storage_gb_months" ? "Storage" : MEASURES[measure]);

export type Measure = keyof typeof MEASURES;

/** Costs are null where somebody else has paid. */
export interface Sums {
  readonly cost_usd: string | null;
  readonly cpu_hours: string;
  readonly gpu_hours: string;
  readonly storage_gb_months: string;
}

export interface NamedSums extends Sums {
  readonly name: string;
}

export interface Series {
  readonly name: string;
  readonly projects: readonly string[];
  /** A custom property of the stylesheet. */
  readonly colour: string;
}

/** More colours than these are hard to tell apart. */
const COLOURS = 7;

export const nameOfProject = (project: string) => project || "No project";

export function sums(groups: readonly Sums[]): Sums {
  const costs = groups.map(({ cost_usd }) => cost_usd).filter((cost) => cost !== null);
  return {
    cost_usd: groups.length > 0 && costs.length === 0 ? null : sum(costs),
    cpu_hours: sum(groups.map(({ cpu_hours }) => cpu_hours)),
    gpu_hours: sum(groups.map(({ gpu_hours }) => gpu_hours)),
    storage_gb_months: sum(groups.map(({ storage_gb_months }) => storage_gb_months)),
  };
}

function grouped<T extends Sums>(groups: readonly T[], by: (group: T) => string): NamedSums[] {
  const named = new Map<string, T[]>();
  for (const group of groups) {
    const name = by(group);
    const same = named.get(name);
    if (same) same.push(group);
    else named.set(name, [group]);
  }
  return [...named].map(([name, groups]) => ({ name, ...sums(groups) }));
}

export const height = (sums: Sums, measure: Measure) => Number(sums[measure] ?? 0);

/** The most first. */
export function byProject(groups: readonly DayProject[], measure: Measure): NamedSums[] {
  const projects = grouped(groups, ({ project }) => project);
  return projects.sort((a, b) => height(b, measure) - height(a, measure) || (a.name < b.name ? -1 : 1));
}

/** The latest first; days without usage are not there. */
export function byDay(groups: readonly DayProject[]): NamedSums[] {
  return grouped(groups, ({ date }) => date).sort((a, b) => (a.name < b.name ? 1 : -1));
}

/** The greatest projects, and one for all others. */
export function seriesOf(projects: readonly NamedSums[]): Series[] {
  const shown = projects.length > COLOURS + 1 ? projects.slice(0, COLOURS) : projects;
  const series = shown.map(({ name }, index) => ({
    name: nameOfProject(name),
    projects: [name],
    colour: `--series-${index < COLOURS ? index : "other"}`,
  }));
  const others = projects.slice(shown.length).map(({ name }) => name);
  if (others.length === 0) return series;
  return [...series, { name: `${others.length} other projects`, projects: others, colour: "--series-other" }];
}

/** Each day of a range (UTC). */
export function daysOf(start: string, end: string): string[] {
  const days = [];
  for (let at = Date.parse(start); at <= Date.parse(end); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

/** A day of the chart: what each series has in it. */
export interface Bar {
  readonly date: string;
  readonly sums: readonly Sums[];
}

export function barsOf(groups: readonly DayProject[], series: readonly Series[], days: readonly string[]): Bar[] {
  const places = new Map(series.flatMap(({ projects }, place) => projects.map((project) => [project, place] as const)));
  const found = new Map<string, DayProject[][]>();
  for (const group of groups) {
    const ofDay = found.get(group.date) ?? series.map(() => []);
    ofDay[places.get(group.project) ?? 0]?.push(group);
    found.set(group.date, ofDay);
  }
  return days.map((date) => ({ date, sums: series.map((_, place) => sums(found.get(date)?.[place] ?? [])) }));
}
