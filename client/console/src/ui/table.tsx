/** A table. On a narrow screen each row is a block, and each value has its column's name beside it. */

import type { Key, ReactNode } from "react";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand at the end. */
  readonly end?: boolean;
  /** Its name is for screen readers: buttons, or what needs no name. */
  readonly unnamed?: boolean;
}

export interface TableProps<Row> {
  /** What the table is; screen readers say it. */
  readonly caption: string;
  /** The first column names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => Key;
  /** Sums, in the same columns. */
  readonly foot?: Row | undefined;
}

// With the roles named, rows stay rows where they are shown as blocks.
export function Table<Row>({ caption, columns, rows, rowKey, foot }: TableProps<Row>) {
  return (
    <table className="table" role="table">
      <caption className="unseen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ head, end, unnamed }) => (
            <th key={head} scope="col" role="columnheader" className={end ? "end" : undefined}>
              {unnamed ? <span className="unseen">{head}</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <Cells key={rowKey(row)} columns={columns} row={row} />
        ))}
      </tbody>
      {foot !== undefined && (
        <tfoot role="rowgroup">
          <Cells columns={columns} row={foot} />
        </tfoot>
      )}
    </table>
  );
}

function Cells<Row>({ columns, row }: { readonly columns: readonly Column<Row>[]; readonly row: Row }) {
  return (
    <tr role="row">
      {columns.map(({ head, cell, end, unnamed }, index) => {
        const Cell = index === 0 ? "th" : "td";
        const heads = index === 0 ? ({ scope: "row", role: "rowheader" } as const) : ({ role: "cell" } as const);
        return (
          <Cell key={head} {...heads} className={end ? "end" : undefined} data-head={unnamed || index === 0 ? undefined : head}>
            {cell(row)}
          </Cell>
        );
      })}
    </tr>
  );
}
