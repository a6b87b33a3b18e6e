import { Empty, Page } from "../ui";

export function Team() {
  return (
    <Page title="Team">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
