import { Empty, Page } from "../ui";

export default function Rates() {
  return (
    <Page title="Rates">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
