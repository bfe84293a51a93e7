/** Certificates, from the request to their end. */
import { createHash } from 'node:crypto';
import type { Params } from '../../engine/contract.ts';
import { seconds } from '../epoch.ts';
import type { Tags } from '../tag-set.ts';
import { showTags } from '../tag-set.ts';

const DAY = 86_400_000;
/** Unvalidated for so long, a request is given up. */
export const VALIDATION_TIME = 3 * DAY;
/** How long one is valid. */
export const VALIDITY = 395 * DAY;

export interface Certificate {
  arn: string;
  /** The first is its own, all of them are alternatives. */
  domains: string[];
  keyAlgorithm: string;
  createdAt: number;
  issuedAt?: number;
  expiresAt?: number;
  status: 'PENDING_VALIDATION' | 'ISSUED' | 'VALIDATION_TIMED_OUT';
  validationMethod: 'DNS' | 'EMAIL';
  idempotencyToken?: string;
  tags: Tags;
}

/** The record that proves a domain is the account's; a wildcard shares the one of its parent. */
export const validationRecord = (account: string, domain: string): { name: string; value: string } => {
  const bare = domain.replace(/^\*\./, '');
  const digest = createHash('md5').update(`${account} ${bare}`).digest('hex');
  const target = createHash('md5').update(`${bare} ${account}`).digest('hex');
  return { name: `_${digest}.${bare}.`, value: `_${target}.acm-validations.aws.` };
};

const common = ({ arn, domains, status, createdAt, issuedAt, expiresAt }: Certificate): Params => ({
  CertificateArn: arn,
  DomainName: domains[0],
  Status: status,
  Type: 'AMAZON_ISSUED',
  CreatedAt: seconds(createdAt),
  IssuedAt: seconds(issuedAt),
  NotBefore: seconds(issuedAt),
  NotAfter: seconds(expiresAt),
});

export const summary = (certificate: Certificate, isInUse: boolean): Params => ({
  ...common(certificate),
  SubjectAlternativeNameSummaries: certificate.domains,
  HasAdditionalSubjectAlternativeNames: false,
  KeyAlgorithm: certificate.keyAlgorithm,
  InUse: isInUse,
  RenewalEligibility: isInUse ? 'ELIGIBLE' : 'INELIGIBLE',
  ...(certificate.issuedAt !== undefined && { Exported: false }),
});

export const detail = (account: string, certificate: Certificate, usedBy: string[]): Params => ({
  ...common(certificate),
  SubjectAlternativeNames: certificate.domains,
  Subject: `CN=${certificate.domains[0]}`,
  Issuer: 'Amazon',
  KeyAlgorithm: certificate.keyAlgorithm,
  ...(certificate.issuedAt !== undefined && {
    SignatureAlgorithm: 'SHA256WITHRSA',
    Serial: createHash('md5')
      .update(certificate.arn)
      .digest('hex')
      .replace(/(..)(?!$)/g, '$1:'),
  }),
  InUseBy: usedBy,
  RenewalEligibility: usedBy.length > 0 ? 'ELIGIBLE' : 'INELIGIBLE',
  DomainValidationOptions: certificate.domains.map((DomainName) => {
    const { name, value } = validationRecord(account, DomainName);
    return {
      DomainName,
      ValidationDomain: DomainName,
      ValidationStatus:
        certificate.status === 'ISSUED'
          ? 'SUCCESS'
          : certificate.status === 'PENDING_VALIDATION'
            ? 'PENDING_VALIDATION'
            : 'FAILED',
      ValidationMethod: certificate.validationMethod,
      ...(certificate.validationMethod === 'DNS' && { ResourceRecord: { Name: name, Type: 'CNAME', Value: value } }),
    };
  }),
});

export const tagsOf = ({ tags }: Certificate): Params => ({ Tags: showTags(tags) });
