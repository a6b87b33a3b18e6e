/** What was used, day by day and by project: a chart, and the same numbers as a table. */

import { type Scope, useMe, useUsage } from "back-office-client";
import { useMemo, useState } from "react";

import * as format from "../format";
import { Button, Choice, type Column, Day, Page, QueryStates, Section, Table } from "../ui";
import { Prices } from "./prices";
import { ChartOf, said } from "./usage-chart";
import { byDay, byProject, type DayProject, type Measure, MEASURES, nameOfProject, shortMeasure, type Sums } from "./usage-data";

const RANGES = [
  ["30", "30 days"],
  ["90", "90 days"],
  ["400", "400 days"],
] as const;

type Range = (typeof RANGES)[number][0];

const SCOPES = [
  ["account", "Whole account"],
  ["own", "Only mine"],
] as const;

export function Usage() {
  const me = useMe();
  return <QueryStates query={me}>{(me) => <UsageOf owner={me.account_owner_id === null} />}</QueryStates>;
}

/** Members see what they used themselves, without what it cost. */
function UsageOf({ owner }: { readonly owner: boolean }) {
  const [days, setDays] = useState<Range>("30");
  const [scope, setScope] = useState<Scope>(owner ? "account" : "own");
  const [measure, setMeasure] = useState<Measure>(owner ? "cost_usd" : "cpu_hours");
  const range = useMemo(() => format.lastDays(Number(days)), [days]);
  const usage = useUsage(range, "day,project", { scope });
  const measures = measuresFor(owner).map((measure) => [measure, shortMeasure(measure)] as const);
  return (
    <Page
      title="Usage"
      lead={owner ? "What your account used. Days are UTC." : "What you used. Days are UTC."}
      actions={owner && <Choice label="Whose usage" options={SCOPES} value={scope} onChange={setScope} />}
    >
      <Section
        title="By day"
        actions={
          <>
            <Choice label="Measure" options={measures} value={measure} onChange={setMeasure} />
            <Choice label="Days" options={RANGES} value={days} onChange={setDays} />
          </>
        }
      >
        <ChartOf usage={usage} range={range} measure={measure} />
      </Section>
      {usage.data && usage.data.groups.length > 0 && <Numbers {...usage.data} measure={measure} owner={owner} />}
      <Prices />
    </Page>
  );
}

const measuresFor = (owner: boolean) => (Object.keys(MEASURES) as Measure[]).filter((measure) => owner || measure !== "cost_usd");

const ROWS = [
  ["project", "By project"],
  ["day", "By day"],
] as const;

/** As many rows at first; "More" shows as many again. */
const PAGE = 31;

interface NumbersProps {
  readonly groups: readonly DayProject[];
  readonly totals: Sums;
  readonly measure: Measure;
  readonly owner: boolean;
}

function Numbers({ groups, totals, measure, owner }: NumbersProps) {
  const [by, setBy] = useState<"project" | "day">("project");
  const [shown, setShown] = useState(PAGE);
  const rows = useMemo(() => (by === "day" ? byDay(groups) : byProject(groups, measure)), [groups, measure, by]);
  const columns = useMemo(() => columnsOf(by, owner), [by, owner]);
  return (
    <Section title="In numbers" flush actions={<Choice label="Rows" options={ROWS} value={by} onChange={(by) => (setBy(by), setShown(PAGE))} />}>
      <Table<Row>
        caption={by === "day" ? "Usage by day, latest first" : "Usage by project, the most first"}
        columns={columns}
        rows={rows.slice(0, shown)}
        rowKey={({ name }) => name ?? ""}
        foot={{ name: undefined, ...totals }}
      />
      {rows.length > shown && (
        <div className="more">
          <Button onClick={() => setShown(shown + PAGE)}>More</Button>
        </div>
      )}
    </Section>
  );
}

/** The row of sums has no name. */
interface Row extends Sums {
  readonly name: string | undefined;
}

function columnsOf(by: "project" | "day", owner: boolean): Column<Row>[] {
  const named = by === "day" ? (day: string) => <Day date={day} /> : nameOfProject;
  const first: Column<Row> = {
    head: by === "day" ? "Day" : "Project",
    cell: ({ name }) => (name === undefined ? "Total" : named(name)),
  };
  const measure = (measure: Measure): Column<Row> => ({ head: MEASURES[measure], end: true, cell: (row) => said(row, measure) });
  return [first, ...measuresFor(false).map(measure), ...(owner ? [measure("cost_usd")] : [])];
}
