import { Empty, Page } from "../ui";

export default function Users() {
  return (
    <Page title="Users">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
