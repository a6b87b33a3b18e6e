/** What stands in the place of a page that cannot be shown: its code could not be loaded, or it has failed. */

import { Component, type ReactNode } from "react";

import { Button, Page } from "./ui";

interface Props {
  readonly children: ReactNode;
}

export class Failure extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Page title="This page cannot be shown">
        <p role="alert">Something went wrong while it was loaded or drawn. Loading it again may help.</p>
        <div className="actions">
          <Button kind="primary" onClick={() => window.location.reload()}>
            Load again
          </Button>
        </div>
      </Page>
    );
  }
}
