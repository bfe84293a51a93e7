/** Errors of the classic ELB API; codes are those on the wire, which differ from the names of SDK classes. */
import { AwsError } from '../../engine/contract.ts';

export const loadBalancerNotFound = (name: string): AwsError =>
  new AwsError('LoadBalancerNotFound', `There is no ACTIVE Load Balancer named '${name}'`);

export const duplicateName = (name: string, what: 'parameters' | 'tags'): AwsError =>
  new AwsError(
    'DuplicateLoadBalancerName',
    `Load Balancer named: ${name} already exists and it is configured with different ${what}.`,
  );

export const tooManyLoadBalancers = (account: string): AwsError =>
  new AwsError('TooManyLoadBalancers', `Exceeded quota of account ${account}`);

export const duplicateListener = (name: string, port: number): AwsError =>
  new AwsError(
    'DuplicateListener',
    `A listener already exists for ${name} with LoadBalancerPort ${port}, but with a different InstancePort, Protocol, or SSLCertificateId`,
  );

export const listenerNotFound = (name: string, port: number): AwsError =>
  new AwsError('ListenerNotFound', `There is no listener for ${name} with LoadBalancerPort ${port}`);

export const policyNotFound = (name: string, balancer: string): AwsError =>
  new AwsError('PolicyNotFound', `There is no policy with name ${name} for load balancer ${balancer}`);

export const policyTypeNotFound = (type: string): AwsError =>
  new AwsError('PolicyTypeNotFound', `Policy type '${type}' not found.`);

export const duplicatePolicy = (name: string): AwsError =>
  new AwsError('DuplicatePolicyName', `Policy with name '${name}' already exists.`);

export const invalidInstance = (instanceId: string): AwsError =>
  new AwsError('InvalidInstance', `Could not find EC2 instance ${instanceId}.`);

export const certificateNotFound = (arn: string): AwsError =>
  new AwsError('CertificateNotFound', `Server Certificate not found for the key: ${arn}`);

export const subnetNotFound = (id: string): AwsError =>
  new AwsError('SubnetNotFound', `The subnet ID '${id}' does not exist`);

export const unsupportedProtocol = (protocol: string): AwsError =>
  new AwsError('UnsupportedProtocol', `The protocol ${protocol} is not supported`);

export const tooManyTags = (): AwsError =>
  new AwsError(
    'TooManyTags',
    'The quota for the number of tags that can be assigned to a load balancer has been reached',
  );

export const duplicateTagKeys = (key: string): AwsError =>
  new AwsError('DuplicateTagKeys', `Tag key was specified more than once: ${key}`);

export const invalidConfiguration = (message: string): AwsError =>
  new AwsError('InvalidConfigurationRequest', message, 409);

export const invalid = (message: string): AwsError => new AwsError('ValidationError', message);
