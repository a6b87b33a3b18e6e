import { Empty, Page } from "../ui";

export function Home() {
  return (
    <Page title="Home">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
