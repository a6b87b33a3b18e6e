import { Empty, Page } from "../ui";

export default function Accounts() {
  return (
    <Page title="Accounts">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
