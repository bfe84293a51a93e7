/** The types of policies AWS offers, and the ones it sets up by itself. */
import { isSecure, type Listener, type Policy } from './model.ts';

export interface PolicyType {
  name: string;
  description: string;
  attributes: { name: string; type: string; cardinality: 'ONE' | 'ZERO_OR_ONE' | 'ZERO_OR_MORE' | 'ONE_OR_MORE' }[];
}

export const APP_COOKIE = 'AppCookieStickinessPolicyType';
export const LB_COOKIE = 'LBCookieStickinessPolicyType';
export const SSL_NEGOTIATION = 'SSLNegotiationPolicyType';
export const BACKEND_AUTHENTICATION = 'BackendServerAuthenticationPolicyType';

export const POLICY_TYPES: readonly PolicyType[] = [
  {
    name: APP_COOKIE,
    description:
      'Stickiness policy with session lifetimes controlled by the lifetime of the application-generated cookie. This policy can be associated only with HTTP/HTTPS listeners.',
    attributes: [{ name: 'CookieName', type: 'String', cardinality: 'ONE' }],
  },
  {
    name: LB_COOKIE,
    description:
      'Stickiness policy with session lifetimes controlled by the browser (user-agent) or a specified expiration period. This policy can be associated only with HTTP/HTTPS listeners.',
    attributes: [{ name: 'CookieExpirationPeriod', type: 'Long', cardinality: 'ZERO_OR_ONE' }],
  },
  {
    name: 'ProxyProtocolPolicyType',
    description:
      'Policy that controls whether to include the IP address and port of the originating request for TCP messages. This policy operates on TCP/SSL listeners only.',
    attributes: [{ name: 'ProxyProtocol', type: 'Boolean', cardinality: 'ONE' }],
  },
  {
    name: 'PublicKeyPolicyType',
    description:
      'Policy containing a list of public keys to accept when authenticating the back-end server(s). This policy cannot be applied directly to back-end servers or listeners but must be part of a BackendServerAuthenticationPolicyType.',
    attributes: [{ name: 'PublicKey', type: 'String', cardinality: 'ONE' }],
  },
  {
    name: BACKEND_AUTHENTICATION,
    description:
      'Policy that controls authentication to back-end server(s) and contains one or more policies, such as an instance of a PublicKeyPolicyType. This policy can be associated only with back-end servers that are using HTTPS/SSL.',
    attributes: [{ name: 'PublicKeyPolicyName', type: 'PolicyName', cardinality: 'ONE_OR_MORE' }],
  },
  {
    name: SSL_NEGOTIATION,
    description:
      'Listener policy that defines the ciphers and protocols that will be accepted by the load balancer. This policy can be associated only with HTTPS/SSL listeners.',
    attributes: [{ name: 'Reference-Security-Policy', type: 'String', cardinality: 'ZERO_OR_ONE' }],
  },
];

const DEFAULT_SECURITY = 'ELBSecurityPolicy-2016-08';

const security = (name: string): Policy => ({
  name,
  type: SSL_NEGOTIATION,
  attributes: [{ name: 'Reference-Security-Policy', value: name }],
});

/** What DescribeLoadBalancerPolicies answers without a balancer. */
export const SAMPLE_POLICIES: readonly Policy[] = [
  DEFAULT_SECURITY,
  'ELBSecurityPolicy-TLS-1-2-2017-01',
  'ELBSecurityPolicy-TLS-1-1-2017-01',
  'ELBSecurityPolicy-2015-05',
  'ELBSecurityPolicy-2015-03',
  'ELBSecurityPolicy-2015-02',
  'ELBSecurityPolicy-2014-10',
  'ELBSecurityPolicy-2014-01',
  'ELBSecurityPolicy-2011-08',
  'ELBSample-ELBDefaultCipherPolicy',
  'ELBSample-OpenSSLDefaultCipherPolicy',
].map(security);

/** HTTPS and SSL listeners begin with the default security policy, which then is one of the balancer's. */
export const defaultPolicyNames = (listener: Pick<Listener, 'protocol'>): string[] =>
  isSecure(listener.protocol) ? [DEFAULT_SECURITY] : [];

export const defaultPolicies = (listeners: readonly Listener[]): Policy[] =>
  listeners.some(({ protocol }) => isSecure(protocol)) ? [security(DEFAULT_SECURITY)] : [];
