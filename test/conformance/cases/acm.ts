import type { Cases } from '../support/case.ts';

export const acm: Cases = {
  service: 'acm',
  steps: [
    { name: 'list', operation: 'ListCertificates' },
    {
      name: 'describe',
      operation: 'DescribeCertificate',
      params: { CertificateArn: '${list.CertificateSummaryList.0.CertificateArn}' },
    },
    {
      name: 'nothing',
      operation: 'DescribeCertificate',
      params: { CertificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000' },
      fails: 'ResourceNotFoundException',
    },
    {
      name: 'tags',
      operation: 'ListTagsForCertificate',
      params: { CertificateArn: '${list.CertificateSummaryList.0.CertificateArn}' },
    },
  ],
};
