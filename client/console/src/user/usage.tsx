import { Empty, Page } from "../ui";

export function Usage() {
  return (
    <Page title="Usage">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
