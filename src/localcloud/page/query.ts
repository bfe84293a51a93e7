/** What of the cloud the page shows: all of it is in its address. */

export interface PageQuery {
  /** Account id. */
  account: string;
  /** Only what belongs to services whose name holds this text. */
  service: string;
  /** Only services that are being deployed, or do not have what they want. */
  isMoving: boolean;
  /** From 1. */
  page: number;
}

/** Services on one page; other lists are cut at a multiple of it. */
export const PER_PAGE = 50;

export const readQuery = (query: URLSearchParams, accounts: readonly string[]): PageQuery => {
  const account = accounts.find((one) => one === query.get('account')) ?? accounts[0] ?? '';
  const page = Number(query.get('page') ?? 1);
  return {
    account,
    service: query.get('service') ?? '',
    isMoving: query.get('moving') === '1',
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
};

/** The address of the page with something changed. */
export const linkTo = (query: PageQuery, change: Partial<PageQuery>): string => {
  const { account, service, isMoving, page } = { ...query, page: 1, ...change };
  const parameters = new URLSearchParams({ account });
  if (service !== '') parameters.set('service', service);
  if (isMoving) parameters.set('moving', '1');
  if (page > 1) parameters.set('page', String(page));
  return `?${parameters.toString()}`;
};
