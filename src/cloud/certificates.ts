import { ListCertificatesCommand, type ACMClient } from '@aws-sdk/client-acm';
import { WonderlandError } from '../domain/errors.ts';
import { call } from './call.ts';

const covers = (name: string, domain: string): boolean =>
  name === domain || (name.startsWith('*.') && domain.slice(domain.indexOf('.')) === name.slice(1));

/**
 * ARN of the certificate for a domain: from the configuration, else an issued one of ACM's (ListCertificates), one that
 * is in use already before others.
 * @throws WonderlandError `precondition_failed` when there is none.
 */
export async function findCertificate(
  acm: ACMClient,
  { domain, configured, inUse }: { domain: string; configured: Record<string, string>; inUse: string[] },
  signal?: AbortSignal,
): Promise<string> {
  const known = Object.entries(configured).find(([name]) => covers(name, domain));
  if (known !== undefined) return known[1];
  let first: string | undefined;
  let NextToken: string | undefined;
  do {
    const page = await call(acm, new ListCertificatesCommand({ CertificateStatuses: ['ISSUED'], NextToken }), signal);
    for (const c of page.CertificateSummaryList ?? []) {
      const names = [c.DomainName ?? '', ...(c.SubjectAlternativeNameSummaries ?? [])];
      if (c.CertificateArn === undefined || !names.some((name) => covers(name, domain))) continue;
      if (inUse.length === 0 || inUse.includes(c.CertificateArn)) return c.CertificateArn;
      first ??= c.CertificateArn;
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  if (first !== undefined) return first;
  throw new WonderlandError('precondition_failed', `There is no issued certificate for ${domain}`, {
    hint: 'Request one in ACM, name one under `certificates` in the configuration, or use an HTTP listener only.',
  });
}
