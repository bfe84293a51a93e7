/** Where moto answers otherwise than the local cloud, by call and place, each with its reason. */

/** By `service: call`, then by place: `answer.Topics[].TopicArn`. */
type Differences = Record<string, Record<string, string>>;

const PENDING = 'AWS takes up to a minute over a change; moto has made it at once';
const NO_DELEGATION_SET = 'AWS shows it only of reusable delegation sets';
const NAME_SERVERS =
  'AWS spreads its name servers over four domains by number; moto numbers them the same for every zone';
const NO_SNI = 'AWS shows it too, and it has no meaning without TLS; not kept here';
const TRAFFIC_SOURCES = 'newer than moto: load balancers and target groups in one list';
const CAPITALS = 'AWS lower-cases names, so the UPSERT met the record; moto keeps two';
const USER = 'AWS names who called; moto always the root user';
const ENCRYPTED = 'AWS encrypts every object since 2023';
const CHECKSUM_TYPE = 'newer than moto: whether the checksum is of the whole object';
const POLICY = "AWS's effective policy has the member http; moto has the form of before 2012";

const autoScalingGroup = {
  'answer.AutoScalingGroups[].AvailabilityZoneIds (only we)': 'newer than moto',
  'answer.AutoScalingGroups[].CapacityRebalance (only moto)': 'AWS leaves out what was never set',
  'answer.AutoScalingGroups[].HealthCheckGracePeriod':
    'the API has no grace period by default; 300 s is the default of the console',
  'answer.AutoScalingGroups[].ServiceLinkedRoleARN (only moto)':
    'AWS shows it too; there are no service-linked roles here',
  'answer.AutoScalingGroups[].TrafficSources (only we)': TRAFFIC_SOURCES,
  'answer.AutoScalingGroups[].VPCZoneIdentifier (only we)': 'zones stand for the default subnets in them',
};
const cooldown = { 'answer.AutoScalingGroups[].DefaultCooldown': 'moto passes over the cooldown of an update' };
const delegation = {
  'answer.DelegationSet.CallerReference (only moto)': NO_DELEGATION_SET,
  'answer.DelegationSet.Id (only moto)': NO_DELEGATION_SET,
  'answer.DelegationSet.NameServers[]': NAME_SERVERS,
};

export const DIFFERENCES: Differences = {
  'route53: zone': { ...delegation, 'answer.ChangeInfo.Status': PENDING },
  'route53: get zone': delegation,
  'route53: zones by name': {
    'answer.DNSName': 'AWS gives back what was asked for',
    'answer.IsTruncated (only we)': 'required by the model',
    'answer.MaxItems (only we)': 'required by the model',
  },
  'route53: create': { 'answer.ChangeInfo.Status': PENDING },
  'route53: upsert': { 'answer.ChangeInfo.Status': PENDING },
  'route53: alias': { 'answer.ChangeInfo.Status': PENDING },
  'route53: records': { 'answer.ResourceRecordSets[] (number)': CAPITALS },
  'route53: records from b': {
    'answer.ResourceRecordSets[].AliasTarget.DNSName': 'AWS ends names with a dot, the target of an alias too',
  },
  'route53: delete zone too early': { 'error.message': "AWS's own words" },
  'route53: delete': {
    'answer (only we)': CAPITALS,
    'error (only moto)': CAPITALS,
  },
  'route53: health check': {
    'answer.HealthCheck.HealthCheckConfig.EnableSNI (only moto)': NO_SNI,
    'answer.Location (only we)': 'required by the model',
  },
  'route53: get health check': { 'answer.HealthCheck.HealthCheckConfig.EnableSNI (only moto)': NO_SNI },
  'ec2: template': { 'answer.LaunchTemplate.CreatedBy': USER },
  'ec2: templates': { 'answer.LaunchTemplates[].CreatedBy': USER },
  'autoscaling: create again': {
    'answer (only moto)': 'AWS refuses a second group of one name',
    'error (only we)': 'AWS refuses a second group of one name',
  },
  'autoscaling: describe': autoScalingGroup,
  'autoscaling: updated': { ...autoScalingGroup, ...cooldown },
  'autoscaling: hooks': {
    'answer.LifecycleHooks[].GlobalTimeout': 'a hundred heartbeats when that is less than two days',
    'answer.LifecycleHooks[].NotificationTargetARN (only moto)': 'moto makes one up',
    'answer.LifecycleHooks[].RoleARN (only moto)': 'moto makes one up',
  },
  'autoscaling: suspended': {
    ...autoScalingGroup,
    ...cooldown,
    'answer.AutoScalingGroups[].SuspendedProcesses[].SuspensionReason': 'AWS says who suspended it and when',
  },
  'logs: groups': { 'answer.logGroups[].logGroupClass (only we)': 'newer than moto' },
  'logs: stream again': { 'error.message': 'moto speaks of the group' },
  'logs: filter nothing': { 'answer.searchedLogStreams[] (number)': 'AWS leaves the list empty since 2020' },
  'logs: metric filters': { 'answer.metricFilters[].creationTime (only we)': 'moto does not keep it' },
  'sns: create badly': { 'error.message': "AWS's own words" },
  'sns: attributes': {
    'answer.Attributes.DeliveryPolicy (only moto)': 'AWS leaves out what was never set',
    'answer.Attributes.EffectiveDeliveryPolicy.defaultHealthyRetryPolicy (only moto)': POLICY,
    'answer.Attributes.EffectiveDeliveryPolicy.guaranteed (only moto)': POLICY,
    'answer.Attributes.EffectiveDeliveryPolicy.http (only we)': POLICY,
    'answer.Attributes.EffectiveDeliveryPolicy.sicklyRetryPolicy (only moto)': POLICY,
    'answer.Attributes.EffectiveDeliveryPolicy.throttlePolicy (only moto)': POLICY,
  },
  'sns: publish too much': { 'error.message': "moto puts the client's words in front" },
  'sns: subscription': { 'answer.Attributes.SubscriptionPrincipal (only we)': 'newer than moto' },
  's3: create': {
    'answer.BucketArn (only we)': 'newer than moto',
    'answer.Location': 'AWS gives a URL outside of us-east-1',
  },
  's3: put': { 'answer.ChecksumType (only we)': CHECKSUM_TYPE, 'answer.ServerSideEncryption (only we)': ENCRYPTED },
  's3: put another': {
    'answer.ChecksumType (only we)': CHECKSUM_TYPE,
    'answer.ServerSideEncryption (only we)': ENCRYPTED,
  },
  's3: get': { 'answer.ChecksumType (only we)': CHECKSUM_TYPE, 'answer.ServerSideEncryption (only we)': ENCRYPTED },
  's3: head': { 'answer.ServerSideEncryption (only we)': ENCRYPTED },
  's3: list': { 'answer.Contents[].ChecksumType (only we)': CHECKSUM_TYPE },
  's3: folders': { 'answer.Contents[].ChecksumType (only we)': CHECKSUM_TYPE },
};
