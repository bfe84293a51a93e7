/** GetLogEvents and FilterLogEvents: pages of events. */
import type { Operation, Params } from '../../engine/contract.ts';
import { compilePattern } from './pattern.ts';
import { badParameter, bytesOf, type LogEvent, type LogStore } from './store.ts';

const LARGEST_PAGE_EVENTS = 10_000;
const LARGEST_PAGE_BYTES = 1_048_576;

/** As many of the first events as fit on a page. */
const pageOf = <T extends { message: string }>(events: readonly T[], limit: number): T[] => {
  let bytes = 0;
  const end = events.slice(0, limit).findIndex((event, i) => {
    bytes += bytesOf(event);
    return bytes > LARGEST_PAGE_BYTES && i > 0;
  });
  return events.slice(0, end < 0 ? limit : end);
};

const limitOf = ({ limit }: Params): number => Number(limit ?? LARGEST_PAGE_EVENTS);

/** Ids are numbers of 56 digits: the one before or after marks the place beside an event. */
const beside = (id: string, step: 1n | -1n): string => String(BigInt(id) + step).padStart(56, '0');
const FIRST = beside('0', 1n);

const invalidToken = () => badParameter('The specified nextToken is invalid.');

/** `f/<id>/s`: what comes after that event; `b/<id>/s`: what comes before it. */
const readToken = (token: unknown): { direction: 'f' | 'b'; id: string } | undefined => {
  if (token === undefined) return undefined;
  const [, direction, id] = /^([fb])\/(\d{56})\/s$/.exec(String(token)) ?? [];
  if (id === undefined) throw invalidToken();
  return { direction: direction as 'f' | 'b', id };
};

export const createGetLogEvents =
  ({ groupOf, streamOf, eventsOf }: LogStore): Operation =>
  (params) => {
    const group = groupOf(params);
    const stream = streamOf(group, params.logStreamName as string);
    const { startTime = 0, endTime = Infinity } = params as { startTime?: number; endTime?: number };
    const all = eventsOf(group, stream).filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime);
    const token = readToken(params.nextToken);
    const isForward = token === undefined ? params.startFromHead === true : token.direction === 'f';
    const open = all.filter(({ id }) => token === undefined || (isForward ? id > token.id : id < token.id));
    const page = isForward ? pageOf(open, limitOf(params)) : pageOf(open.toReversed(), limitOf(params)).toReversed();
    const [first, last] = [page[0], page.at(-1)];
    // An empty page leads back to where it was asked from, and on to what may yet come.
    const here = token?.id ?? (isForward ? FIRST : beside(all.at(-1)?.id ?? '0', 1n));
    const forward = last?.id ?? (isForward ? here : beside(here, -1n));
    const backward = first?.id ?? (isForward ? beside(here, 1n) : here);
    return {
      events: page.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
      nextForwardToken: `f/${forward}/s`,
      nextBackwardToken: `b/${backward}/s`,
    };
  };

/** The token keeps the direction of the first request. */
const sealFilter = (isFromHead: boolean, { id }: LogEvent): string =>
  Buffer.from(`${isFromHead ? 'f' : 'b'}/${id}/s`).toString('base64url');

export const createFilterLogEvents =
  ({ groupOf, streamOf, eventsOf }: LogStore): Operation =>
  (params) => {
    const group = groupOf(params);
    const { logStreamNames: names, logStreamNamePrefix: prefix, nextToken } = params;
    if (names !== undefined && prefix !== undefined)
      throw badParameter('logStreamNamePrefix and logStreamNames are mutually exclusive parameters.');
    const streams =
      names === undefined
        ? [...group.streams.values()].filter(({ name }) => name.startsWith(String(prefix ?? '')))
        : (names as string[]).map((name) => streamOf(group, name));
    const { startTime = 0, endTime = Infinity } = params as { startTime?: number; endTime?: number };
    const isWanted = compilePattern(params.filterPattern as string | undefined);
    const token =
      nextToken === undefined ? undefined : readToken(Buffer.from(String(nextToken), 'base64url').toString());
    const isFromHead = token === undefined ? params.startFromHead !== false : token.direction === 'f';
    const found = streams
      .flatMap((stream) => eventsOf(group, stream).map((event) => ({ ...event, logStreamName: stream.name })))
      .filter(({ timestamp }) => timestamp >= startTime && timestamp <= endTime)
      .filter(({ id }) => token === undefined || (isFromHead ? id > token.id : id < token.id))
      .filter(({ message }) => isWanted(message))
      .sort((a, b) => (a.id < b.id === isFromHead ? -1 : 1));
    const page = pageOf(found, limitOf(params));
    const last = page.at(-1);
    return {
      events: page.map(({ id, serial: _serial, ...event }) => ({ ...event, eventId: id })),
      searchedLogStreams: [],
      ...(last !== undefined && page.length < found.length && { nextToken: sealFilter(isFromHead, last) }),
    };
  };
