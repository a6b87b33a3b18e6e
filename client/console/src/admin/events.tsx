import { Empty, Page } from "../ui";

export default function Events() {
  return (
    <Page title="Events">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
