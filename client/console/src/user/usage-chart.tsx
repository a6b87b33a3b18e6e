/** Usage by day, stacked by project. One request, whatever the range. */

import { type Scope, useUsage } from "back-office-client";
import { useMemo, useState } from "react";

import * as format from "../format";
import { Empty, QueryStates } from "../ui";
import { Plot } from "./plot";
import { type Bar, barsOf, byProject, daysOf, type DayProject, height, type Measure, MEASURES, type Series, seriesOf, sums, type Sums } from "./usage-data";

export interface Range {
  readonly start: string;
  readonly end: string;
}

interface UsageChartProps {
  readonly range: Range;
  readonly scope: Scope;
  readonly measure: Measure;
}

/** Asks, and draws. */
export function UsageChart({ range, scope, measure }: UsageChartProps) {
  return <ChartOf usage={useUsage(range, "day,project", { scope })} range={range} measure={measure} />;
}

interface ChartOfProps {
  readonly usage: ReturnType<typeof useUsage<"day,project">>;
  readonly range: Range;
  readonly measure: Measure;
}

/** Draws what somebody else has asked for. */
export function ChartOf({ usage, range, measure }: ChartOfProps) {
  return (
    <QueryStates query={usage}>
      {({ groups, totals }) =>
        groups.length === 0 ? <Empty>Nothing was used in these days.</Empty> : <Chart {...{ groups, totals, range, measure }} />
      }
    </QueryStates>
  );
}

export const said = (sums: Sums, measure: Measure) => {
  const value = sums[measure];
  if (value === null) return "None";
  return measure === "cost_usd" ? format.money(value) : format.quantity(value);
};

interface ChartProps {
  readonly groups: readonly DayProject[];
  readonly totals: Sums;
  readonly range: Range;
  readonly measure: Measure;
}

export function Chart({ groups, totals, range: { start, end }, measure }: ChartProps) {
  const series = useMemo(() => seriesOf(byProject(groups, measure)), [groups, measure]);
  const bars = useMemo(() => barsOf(groups, series, daysOf(start, end)), [groups, series, start, end]);
  const [chosen, setPointed] = useState<number>();
  // Chosen in a longer range, a day may be gone.
  const pointed = chosen !== undefined && chosen < bars.length ? chosen : undefined;
  const bar = pointed === undefined ? undefined : bars[pointed];
  const words = (bar: Bar) => {
    const parts = series.map(({ name }, place) => [name, bar.sums[place]!] as const);
    const some = parts.filter(([, sums]) => height(sums, measure) !== 0);
    const each = some.map(([name, sums]) => `${name} ${said(sums, measure)}`);
    return `${format.day(bar.date)}: ${said(sums(bar.sums), measure)}${each.length > 0 ? `; ${each.join(", ")}` : ""}`;
  };
  return (
    <figure className="chart">
      <figcaption className="beside spread">
        <span>
          {bar ? format.day(bar.date) : `${format.day(start)} to ${format.day(end)}`}
          <span className="hint"> · {MEASURES[measure]}</span>
        </span>
        <strong className="number">{said(bar ? sums(bar.sums) : totals, measure)}</strong>
      </figcaption>
      <Plot bars={bars} series={series} measure={measure} pointed={pointed} onPoint={setPointed} words={words} />
      <Legend series={series} groups={groups} bar={bar} measure={measure} />
    </figure>
  );
}

interface LegendProps {
  readonly series: readonly Series[];
  readonly groups: readonly DayProject[];
  /** The day that is pointed at. Without it, the sums of the range are shown. */
  readonly bar: Bar | undefined;
  readonly measure: Measure;
}

function Legend({ series, groups, bar, measure }: LegendProps) {
  const inRange = useMemo(
    () => series.map(({ projects }) => sums(groups.filter(({ project }) => projects.includes(project)))),
    [series, groups],
  );
  return (
    <ul className="legend">
      {series.map(({ name, colour }, place) => (
        <li key={name}>
          <span className="swatch" style={{ background: `var(${colour})` }} />
          <span className="name" title={name}>
            {name}
          </span>
          <span className="number">{said((bar?.sums ?? inRange)[place]!, measure)}</span>
        </li>
      ))}
    </ul>
  );
}
