"use client";

/** What the hooks answer, and how it is made of TanStack Query's answers. */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";

import { ApiProblem, type Client } from "../client";
import { keyOf, useClient } from "../provider";
import * as asking from "./ask";

interface State {
  /** Until there is something to show, or it has failed for good. */
  readonly loading: boolean;
  /** Also while it waits to ask again by itself, and beside what was answered before. */
  readonly problem: ApiProblem | undefined;
  /** Asks again, now. */
  retry(): void;
}

export interface Query<T> extends State {
  readonly data: T | undefined;
}

export interface List<T> extends State {
  readonly items: readonly T[];
  /** Nothing after the last page. */
  readonly loadMore: (() => void) | undefined;
  readonly loadingMore: boolean;
}

export interface Action<A, R> {
  /** Answers `undefined` if it failed. It never rejects. What is shown is asked for again when it is done. */
  run(args: A): Promise<R | undefined>;
  readonly running: boolean;
  readonly problem: ApiProblem | undefined;
  /** Forgets the problem. A run of the same is a new one from now on. */
  reset(): void;
}

export interface Repeatedly {
  /** Asks again every so many milliseconds, while it is looked at and succeeds. */
  readonly every?: number | undefined;
}

/** What all questions have in common. */
const common = { ...asking.again, staleTime: 5000, refetchOnReconnect: true } as const;

/** `requests`: how many one asking takes. More of them are asked for less often, so that they stay as many. */
function interval(every: number | undefined, { status }: { readonly status: string }, requests = 1): number | false {
  return every === undefined || status === "error" ? false : every * requests;
}

function problemOf({ error, failureReason }: { error: Error | null; failureReason: Error | null }): ApiProblem | undefined {
  const problem = error ?? failureReason;
  return problem instanceof ApiProblem ? problem : undefined;
}

export function useAnswer<P extends asking.Path>(path: P, question: asking.Question<P>, { every }: Repeatedly = {}) {
  const asked = asking.normalise(question);
  const ask = (client: Client, signal: AbortSignal) => asking.ask(client, path, asked, signal);
  return useAsked<asking.Answer<P>>([path, asked], ask, every);
}

/** For a question that wants more than the body of its answer. */
export function useAsked<T>(key: readonly unknown[], ask: (client: Client, signal: AbortSignal) => Promise<T>, every?: number) {
  const client = useClient();
  const queryKey = [...keyOf(client), ...key];
  const result = useQuery<T>({
    ...common,
    queryKey,
    queryFn: ({ signal }) => ask(client, signal),
    refetchInterval: ({ state }) => interval(every, state),
  });
  const query: Query<T> = {
    data: result.data,
    loading: result.isPending,
    problem: problemOf(result),
    retry: () => void result.refetch(),
  };
  return query;
}

export function useList<P extends asking.ListPath>(path: P, filters: asking.Filters<P>, options: Repeatedly = {}) {
  return usePages(path, filters, options).list;
}

/** All pages of it are asked for by the same filters: they are its key, with which its cursors go. */
export function usePages<P extends asking.ListPath>(path: P, filters: asking.Filters<P>, { every }: Repeatedly = {}) {
  const client = useClient();
  const asked = asking.normalise<asking.ListPath>({ query: filters });
  const result = useInfiniteQuery({
    ...common,
    queryKey: [...keyOf(client), path, asked, "pages"],
    queryFn: async ({ pageParam, signal }): Promise<asking.PageOf<P>> => {
      const query = pageParam === null ? asked.query : { ...asked.query, cursor: pageParam };
      return asking.ask(client, path, { ...asked, query }, signal) as Promise<asking.PageOf<P>>;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) => interval(every, state, state.data?.pages.length),
  });
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError } = result;
  const items = useMemo(() => (data?.pages ?? []).flatMap((page): readonly asking.Item<P>[] => page.items), [data]);
  const more = () => {
    if (!isFetchingNextPage) void result.fetchNextPage();
  };
  const list: List<asking.Item<P>> = {
    items,
    loading: result.isPending,
    problem: problemOf(result),
    retry: isFetchNextPageError ? more : () => void result.refetch(),
    loadMore: hasNextPage ? more : undefined,
    loadingMore: isFetchingNextPage,
  };
  return { list, pages: data?.pages };
}

/** Not `randomUUID`, which pages without TLS do not have. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

type Act<A, R> = (client: Client, args: A, key: string) => Promise<R>;

/**
 * An action. `key` is its idempotency key: of one intention, however often it is tried. `keyed` says that it goes with
 * the request, so that doing it again after a lost answer does nothing twice. `reads` says that it changes nothing.
 */
export function useAction<A, R>(act: Act<A, R>, { keyed = false, reads = false } = {}): Action<A, R> {
  const client = useClient();
  const queries = useQueryClient();
  const owner = keyOf(client);
  const { mutateAsync, reset, ...result } = useMutation<R, Error, { readonly args: A; readonly key: string }>({
    ...(keyed || reads ? asking.again : asking.againIfAsked),
    // Of another user, nothing of it is left.
    mutationKey: owner,
    mutationFn: ({ args, key }) => asking.orProblem(act(client, args, key)),
    // Where a change shows (queues, balances, the audit log) is for the API to know: so all that is shown is asked anew.
    onSuccess: () => {
      if (!reads) void queries.invalidateQueries({ queryKey: owner });
    },
  });
  const intended = useRef<{ readonly what: string; readonly key: string }>(undefined);
  const run = async (args: A): Promise<R | undefined> => {
    const what = JSON.stringify([owner, args]);
    const intention = intended.current?.what === what ? intended.current : { what, key: newKey() };
    intended.current = intention;
    try {
      const done = await mutateAsync({ args, key: intention.key });
      if (intended.current === intention) intended.current = undefined;
      return done;
    } catch {
      return undefined;
    }
  };
  const forget = useCallback(() => {
    intended.current = undefined;
    reset();
  }, [reset]);
  return { run, running: result.isPending, problem: problemOf(result), reset: forget };
}
