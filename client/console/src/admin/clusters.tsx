import { Empty, Page } from "../ui";

export default function Clusters() {
  return (
    <Page title="Clusters">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
