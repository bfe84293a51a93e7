/** Certificate Manager: one issued certificate, enough for every HTTPS listener of the local zone. */
import { AwsError, type Operation } from '../engine/contract.ts';
import type { Engine, Parts } from '../registration.ts';
import { texts } from './params.ts';

const ISSUED = Date.UTC(2026, 0, 1) / 1000;
const EXPIRES = Date.UTC(2036, 0, 1) / 1000;

export const certificateArn = ({ region, account }: Pick<Engine, 'region' | 'account'>): string =>
  `arn:aws:acm:${region}:${account}:certificate/0c1a55e5-c1a5-45e5-8c1a-55e5c1a55e50`;

export const createAcm = (engine: Engine): Parts => {
  const arn = certificateArn(engine);

  const listCertificates: Operation = (params) => {
    const statuses = texts(params, 'CertificateStatuses');
    const wanted = statuses.length === 0 || statuses.includes('ISSUED');
    return { CertificateSummaryList: wanted ? [summary(arn, engine.domain)] : [] };
  };

  const describeCertificate: Operation = (params) => {
    if (params.CertificateArn !== arn) {
      throw new AwsError('ResourceNotFoundException', `Could not find certificate ${String(params.CertificateArn)}.`);
    }
    return { Certificate: detail(arn, engine.domain) };
  };

  return {
    services: [
      {
        scope: 'acm',
        model: 'acm',
        operations: {
          ListCertificates: { run: listCertificates, mutating: false },
          DescribeCertificate: {
            run: describeCertificate,
            mutating: false,
            resource: (params) => params.CertificateArn as string | undefined,
          },
        },
      },
    ],
  };
};

const alternatives = (domain: string): string[] => [domain, `*.${domain}`];

const common = (arn: string, domain: string) => ({
  CertificateArn: arn,
  DomainName: domain,
  Status: 'ISSUED',
  Type: 'AMAZON_ISSUED',
  CreatedAt: ISSUED,
  IssuedAt: ISSUED,
  NotBefore: ISSUED,
  NotAfter: EXPIRES,
  RenewalEligibility: 'INELIGIBLE',
});

const summary = (arn: string, domain: string) => ({
  ...common(arn, domain),
  SubjectAlternativeNameSummaries: alternatives(domain),
  HasAdditionalSubjectAlternativeNames: false,
  KeyAlgorithm: 'EC-prime256v1',
  InUse: true,
});

const detail = (arn: string, domain: string) => ({
  ...common(arn, domain),
  SubjectAlternativeNames: alternatives(domain),
  Subject: `CN=${domain}`,
  Issuer: 'Amazon',
  KeyAlgorithm: 'EC_prime256v1',
  DomainValidationOptions: alternatives(domain).map((DomainName) => ({
    DomainName,
    ValidationDomain: domain,
    ValidationStatus: 'SUCCESS',
    ValidationMethod: 'DNS',
  })),
  InUseBy: [],
});
