import { Empty, Page } from "../ui";

export default function User() {
  return (
    <Page title="User">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
