import { Empty, Page } from "../ui";

export function Credits() {
  return (
    <Page title="Credits">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
