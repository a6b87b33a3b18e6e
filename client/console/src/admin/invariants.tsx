import { Empty, Page } from "../ui";

export default function Invariants() {
  return (
    <Page title="Invariants">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
