import { Empty, Page } from "../ui";

export default function AuditLog() {
  return (
    <Page title="AuditLog">
      <Empty>There is nothing here yet.</Empty>
    </Page>
  );
}
