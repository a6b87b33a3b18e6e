/** What a list or a query is while it is not there, and how one goes on. */

import type { ApiProblem, List, Query } from "back-office-client";
import type { ReactNode } from "react";

import { Button } from "./button";

export interface ProblemNoteProps {
  readonly problem: ApiProblem;
  readonly retry?: (() => void) | undefined;
}

/** What the API said, and its number for whoever asks the operator. */
export function ProblemNote({ problem, retry }: ProblemNoteProps) {
  const { detail, request_id: requestId } = problem.problem;
  return (
    <div className="note note-bad" role="alert">
      <div>
        <p>{detail}</p>
        <p className="hint">
          <code>{problem.code}</code>
          {requestId && (
            <>
              {" · "}request <code>{requestId}</code>
            </>
          )}
        </p>
      </div>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

export function Loading({ what = "Loading" }: { readonly what?: string }) {
  return (
    <div className="loading" role="status">
      <span className="unseen">{what}</span>
      <span className="bone" />
      <span className="bone" />
      <span className="bone" />
    </div>
  );
}

export function Empty({ children, action }: { readonly children: ReactNode; readonly action?: ReactNode }) {
  return (
    <div className="empty">
      <p>{children}</p>
      {action}
    </div>
  );
}

export interface ListStatesProps<Item> {
  readonly list: List<Item>;
  /** What stands there if there is nothing. */
  readonly empty: ReactNode;
  readonly children: (items: readonly Item[]) => ReactNode;
}

/** A list in each of its states: loading, failing, empty, and with more to come. */
export function ListStates<Item>({ list, empty, children }: ListStatesProps<Item>) {
  const { items, loading, problem, retry, loadMore, loadingMore } = list;
  if (items.length === 0) {
    if (problem) return <ProblemNote problem={problem} retry={retry} />;
    if (loading) return <Loading />;
    return typeof empty === "string" ? <Empty>{empty}</Empty> : empty;
  }
  return (
    <>
      {children(items)}
      {problem && <ProblemNote problem={problem} retry={retry} />}
      {loadMore && (
        <div className="more">
          <Button onClick={loadMore} busy={loadingMore}>
            More
          </Button>
        </div>
      )}
    </>
  );
}

export interface QueryStatesProps<T> {
  readonly query: Query<T>;
  readonly children: (data: T) => ReactNode;
}

/** What is known stays there when asking again fails. */
export function QueryStates<T>({ query: { data, problem, retry }, children }: QueryStatesProps<T>) {
  return (
    <>
      {problem && <ProblemNote problem={problem} retry={retry} />}
      {data !== undefined ? children(data) : !problem && <Loading />}
    </>
  );
}
