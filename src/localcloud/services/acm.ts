/** Certificate Manager: the certificate of the account's zone, and those that are asked for. */
import { AwsError, type OperationTable, type Params } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import {
  detail,
  summary,
  tagsOf,
  validationRecord,
  VALIDATION_TIME,
  VALIDITY,
  type Certificate,
} from './acm/certificates.ts';
import type { Elb } from './elb.ts';
import { pageOf } from './paging.ts';
import type { Route53 } from './route53.ts';
import { addTags, readTags, tooManyTags, type WireTag } from './tag-set.ts';

/** Milliseconds between two looks for validation records. */
const LOOK = 30_000;
const IDEMPOTENCY = 3_600_000;
const MOST_DOMAINS = 10;
/** What ListCertificates shows unless it is asked for others. */
const USUAL_KEYS = ['RSA_1024', 'RSA_2048'];
const DEFAULT_ISSUED = Date.UTC(2026, 0, 1);
const DEFAULT_EXPIRES = Date.UTC(2036, 0, 1);

export const certificateArn = ({ region, account }: Pick<Engine, 'region' | 'account'>): string =>
  `arn:aws:acm:${region}:${account}:certificate/0c1a55e5-c1a5-45e5-8c1a-55e5c1a55e50`;

interface Ports {
  route53: Pick<Route53, 'resolve'>;
  elb: Pick<Elb, 'list'>;
}

/** ARNs of the balancers whose listeners have this certificate. */
type UsedBy = (certificateArn: string) => string[];

interface Acm extends Parts {
  isIssued(arn: string): boolean;
}

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

const isDomain = (domain: string): boolean =>
  /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i.test(domain) && domain.length <= 253;

/** Domains of a request, its own first. @throws AwsError */
const readDomains = ({ DomainName, SubjectAlternativeNames = [] }: Params): string[] => {
  const domains = [
    ...new Set([DomainName, ...(SubjectAlternativeNames as string[])].map((one) => String(one).toLowerCase())),
  ];
  const wrong = domains.find((domain) => !isDomain(domain));
  if (wrong !== undefined) {
    throw invalid(
      `1 validation error detected: Value '${wrong}' at 'domainName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])$`,
    );
  }
  if (domains.length > MOST_DOMAINS) {
    throw new AwsError(
      'LimitExceededException',
      `Error: Number of domain names exceeded the limit of ${MOST_DOMAINS} per certificate.`,
    );
  }
  return domains;
};

const refuseUnserved = (params: Params): void => {
  const what =
    params.CertificateAuthorityArn !== undefined
      ? 'private certificates'
      : params.ValidationMethod === 'HTTP'
        ? 'validation by HTTP'
        : undefined;
  if (what !== undefined) throw new AwsError('NotImplemented', `This local cloud does not serve ${what}.`, 501);
};

const operationsOn = (engine: Engine, table: Map<string, Certificate>, usedBy: UsedBy): OperationTable => {
  const find = ({ CertificateArn: arn }: Params): Certificate => {
    if (!/^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/.test(String(arn)))
      throw invalid(
        `1 validation error detected: Value '${String(arn)}' at 'certificateArn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:[\\w+=/,.@-]+:acm:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*`,
      );
    const certificate = table.get(String(arn));
    if (certificate !== undefined) return certificate;
    throw new AwsError(
      'ResourceNotFoundException',
      `Could not find certificate ${String(arn)} in account ${engine.account}.`,
    );
  };

  const list = (params: Params): Params => {
    const { CertificateStatuses: statuses, Includes: { keyTypes = USUAL_KEYS } = {}, SortBy, SortOrder } = params;
    if ((SortBy === undefined) !== (SortOrder === undefined))
      throw invalid('SortBy and SortOrder must be specified together.');
    const found = [...table.values()]
      .filter(
        ({ status, keyAlgorithm }) =>
          (statuses === undefined || (statuses as string[]).includes(status)) &&
          (keyTypes as string[]).includes(keyAlgorithm),
      )
      .sort((a, b) => (SortOrder === 'DESCENDING' ? b.createdAt - a.createdAt : a.createdAt - b.createdAt));
    const { items, next } = pageOf(found, {
      token: params.NextToken,
      size: Number(params.MaxItems ?? 100),
      invalidToken: () => invalid('The provided NextToken is invalid.'),
    });
    return {
      CertificateSummaryList: items.map((one) => summary(one, usedBy(one.arn).length > 0)),
      NextToken: next,
    };
  };

  const request = (params: Params): Params => {
    const domains = readDomains(params);
    refuseUnserved(params);
    const token = params.IdempotencyToken as string | undefined;
    const same = [...table.values()].find(
      (one) =>
        token !== undefined &&
        one.idempotencyToken === token &&
        engine.clock.now() - one.createdAt < IDEMPOTENCY &&
        one.domains.join() === domains.join(),
    );
    if (same !== undefined) return { CertificateArn: same.arn };
    const tags = addTags({}, readTags(params.Tags), tooManyTags('TooManyTagsException'));
    const certificate: Certificate = {
      arn: `arn:aws:acm:${engine.region}:${engine.account}:certificate/${engine.random.uuid()}`,
      domains,
      keyAlgorithm: String(params.KeyAlgorithm ?? 'RSA_2048'),
      createdAt: engine.clock.now(),
      status: 'PENDING_VALIDATION',
      validationMethod: params.ValidationMethod === 'DNS' ? 'DNS' : 'EMAIL',
      ...(token !== undefined && { idempotencyToken: token }),
      tags,
    };
    table.set(certificate.arn, certificate);
    return { CertificateArn: certificate.arn };
  };

  const remove = (params: Params): Params => {
    const { arn } = find(params);
    if (usedBy(arn).length > 0)
      throw new AwsError('ResourceInUseException', `Certificate ${arn} in account ${engine.account} is in use.`);
    table.delete(arn);
    return {};
  };

  const removeTags = (params: Params): Params => {
    const { tags } = find(params);
    for (const { Key = '', Value } of params.Tags as WireTag[]) {
      if (Value === undefined || tags[Key] === Value) delete tags[Key];
    }
    return {};
  };

  const resource = ({ CertificateArn, DomainName }: Params): string | undefined =>
    (CertificateArn ?? DomainName) as string | undefined;
  const read = (run: (params: Params) => Params) => ({ run, mutating: false, resource });
  const write = (run: (params: Params) => Params) => ({ run, mutating: true, resource });
  return {
    ListCertificates: { ...read(list), note: 'filters: status and key type' },
    DescribeCertificate: read((params) => {
      const certificate = find(params);
      return { Certificate: detail(engine.account, certificate, usedBy(certificate.arn)) };
    }),
    RequestCertificate: {
      ...write(request),
      note: 'issued once its DNS records are there; e-mail is never answered; HTTPS listeners show the same certificate all the time',
    },
    DeleteCertificate: write(remove),
    AddTagsToCertificate: write((params) => {
      addTags(find(params).tags, readTags(params.Tags), tooManyTags('TooManyTagsException'));
      return {};
    }),
    RemoveTagsFromCertificate: write(removeTags),
    ListTagsForCertificate: read((params) => tagsOf(find(params))),
  };
};

export const createAcm = (engine: Engine, { route53, elb }: Ports): Acm => {
  const first: Certificate = {
    arn: certificateArn(engine),
    domains: [engine.domain, `*.${engine.domain}`],
    keyAlgorithm: 'RSA_2048',
    createdAt: DEFAULT_ISSUED,
    issuedAt: DEFAULT_ISSUED,
    expiresAt: DEFAULT_EXPIRES,
    status: 'ISSUED',
    validationMethod: 'DNS',
    tags: {},
  };
  const table = new Map<string, Certificate>([[first.arn, first]]);
  let stopLooking: (() => void) | undefined;

  const usedBy: UsedBy = (certificate) =>
    elb
      .list()
      .filter(({ settings }) => settings.listeners.some(({ certificateId }) => certificateId === certificate))
      .map(
        ({ settings }) =>
          `arn:aws:elasticloadbalancing:${engine.region}:${engine.account}:loadbalancer/${settings.name}`,
      );
  const isProven = ({ validationMethod, domains }: Certificate): boolean =>
    validationMethod === 'DNS' &&
    domains.every((domain) => {
      const { name, value } = validationRecord(engine.account, domain);
      return route53.resolve(name) === value;
    });

  const look = (): void => {
    const now = engine.clock.now();
    for (const certificate of table.values()) {
      if (certificate.status !== 'PENDING_VALIDATION') continue;
      if (isProven(certificate))
        Object.assign(certificate, { status: 'ISSUED', issuedAt: now, expiresAt: now + VALIDITY });
      else if (now - certificate.createdAt > VALIDATION_TIME) certificate.status = 'VALIDATION_TIMED_OUT';
      else continue;
      engine.changed();
    }
  };

  return {
    isIssued: (arn) => table.get(arn)?.status === 'ISSUED',
    services: [
      {
        scope: 'acm',
        model: 'acm',
        operations: operationsOn(engine, table, usedBy),
        persistent: {
          key: 'acm',
          save: () => [...table.values()],
          load: (data) => {
            table.clear();
            for (const certificate of data as Certificate[]) table.set(certificate.arn, certificate);
          },
          start: async () => {
            stopLooking = engine.clock.every(LOOK, look);
          },
          stop: async () => stopLooking?.(),
        },
      },
    ],
  };
};
