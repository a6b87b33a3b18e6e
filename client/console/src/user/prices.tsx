/** What usage costs, and from when on. */

import { type PublishedRate, usePrices } from "back-office-client";

import { type Column, Day, ListStates, Price, Section, Table } from "../ui";

const COLUMNS: readonly Column<PublishedRate>[] = [
  { head: "From", cell: ({ effective_on }) => <Day date={effective_on} /> },
  { head: "CPU hour", end: true, cell: ({ cpu_hour_usd }) => <Price value={cpu_hour_usd} /> },
  { head: "GPU hour", end: true, cell: ({ gpu_hour_usd }) => <Price value={gpu_hour_usd} /> },
  { head: "GB month", end: true, cell: ({ storage_gb_month_usd }) => <Price value={storage_gb_month_usd} /> },
];

export function Prices() {
  const prices = usePrices();
  return (
    <Section title="Prices" lead="Each holds from its day until the next one’s." flush>
      <ListStates list={prices} empty="There are no prices yet.">
        {(rates) => <Table caption="Prices, latest first" columns={COLUMNS} rows={rates} rowKey={({ effective_on }) => effective_on} />}
      </ListStates>
    </Section>
  );
}
