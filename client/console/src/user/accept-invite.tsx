import { Empty, Page } from "../ui";

export function AcceptInvite() {
  return (
    <Page title="AcceptInvite">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
