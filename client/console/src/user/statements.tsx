/** Statements of months: to look at, and to download. */

import { type Statement, useStatement, useStatementFile } from "back-office-client";
import { useId, useState } from "react";

import * as decimal from "../decimal";
import * as format from "../format";
import { Button, type Column, Facts, Money, ProblemNote, Quantity, QueryStates, Section, Table } from "../ui";

/** This month and those before it, as `2026-11`. */
function latestMonths(number: number, now = new Date()): string[] {
  const first = (back: number) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
  return Array.from({ length: number }, (_, back) => first(back).toISOString().slice(0, 7));
}

export function Statements() {
  const [months] = useState(() => latestMonths(14));
  const [month, setMonth] = useState(months[0]!);
  const statement = useStatement(month);
  const file = useStatementFile();
  const download = async () => {
    const csv = await file.run(month);
    if (csv) save(csv, `statement-${month}.csv`);
  };
  const id = useId();
  return (
    <Section
      title="Statement"
      actions={
        <>
          <label className="unseen" htmlFor={id}>
            Month
          </label>
          <select id={id} className="input input-short" value={month} onChange={(event) => setMonth(event.target.value)}>
            {months.map((month) => (
              <option key={month} value={month}>
                {format.month(month)}
              </option>
            ))}
          </select>
          <Button busy={file.running} onClick={() => void download()}>
            Download CSV
          </Button>
        </>
      }
    >
      {file.problem && <ProblemNote problem={file.problem} />}
      <QueryStates query={statement}>{(statement) => <Shown statement={statement} />}</QueryStates>
    </Section>
  );
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

type Line = Statement["usage"][number];

const COLUMNS: readonly Column<Line>[] = [
  { head: "Project", cell: ({ project }) => project || "No project" },
  { head: "User", cell: ({ name, email, user_id }) => name ?? email ?? user_id },
  { head: "CPU hours", end: true, cell: ({ cpu_hours }) => <Quantity value={cpu_hours} /> },
  { head: "GPU hours", end: true, cell: ({ gpu_hours }) => <Quantity value={gpu_hours} /> },
  { head: "GB months", end: true, cell: ({ storage_gb_months }) => <Quantity value={storage_gb_months} /> },
  { head: "Amount", end: true, cell: ({ amount }) => <Money value={amount} /> },
];

function Shown({ statement }: { readonly statement: Statement }) {
  const { totals, usage_of_other_months: others } = statement;
  const moved = (
    [
      ["Opening balance", statement.opening_balance, true],
      ["Purchases", totals.purchases],
      ["Refunds", totals.refunds],
      ["Adjustments", totals.adjustments],
      ["Brought in", totals.openings],
      ["Usage", totals.usage],
      ["Closing balance", statement.closing_balance, true],
    ] as const
  ).filter(([, amount, always]) => always || decimal.sign(amount) !== 0);
  return (
    <>
      <p className="hint">
        {statement.state === "open" ? "The month goes on: more may come." : "The month is over."}
      </p>
      <div className="statement">
        <Facts facts={moved.map(([name, amount]) => [name, <Money key={name} value={amount} />] as const)} />
        {statement.usage.length > 0 && (
          <Table
            caption={`Usage of ${format.month(statement.month)}, by project and user`}
            columns={COLUMNS}
            rows={statement.usage}
            rowKey={({ user_id, project }) => `${user_id} ${project}`}
          />
        )}
      </div>
      {decimal.sign(others) < 0 && (
        <p className="hint">
          <Money value={others} /> of it is for usage of earlier months that was reported in this one.
        </p>
      )}
      {decimal.sign(others) > 0 && (
        <p className="hint">
          <Money value={others} /> of this usage was reported later, and is charged in the month of the report.
        </p>
      )}
    </>
  );
}
