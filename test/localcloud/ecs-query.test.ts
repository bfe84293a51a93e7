import assert from 'node:assert/strict';
import { readQuery, type Subject } from '../../src/localcloud/services/ecs/query.ts';

const instance: Subject = {
  attributes: [
    { name: 'ecs.instance-type', value: 't2.small' },
    { name: 'ecs.availability-zone', value: 'eu-west-1a' },
    { name: 'generation', value: '5' },
    { name: 'stack/name', value: 'blue team' },
    { name: 'gpu' },
  ],
  ec2InstanceId: 'i-0123456789abcdef0',
  agentConnected: true,
  agentVersion: '1.14.5',
  registeredAt: Date.UTC(2018, 1, 12, 12),
  runningTasksCount: () => 1,
  taskGroups: () => new Set(['service:production', 'family:cron']),
};

const CASES: Record<string, boolean> = {
  'attribute:ecs.instance-type == t2.small': true,
  'attribute:ecs.instance-type==t2.small': true,
  'attribute:ecs.instance-type equals t2.micro': false,
  'attribute:ecs.instance-type != t2.micro': true,
  'attribute:ecs.instance-type not_equals t2.small': false,
  'attribute:absent == t2.small': false,
  'attribute:absent != t2.small': true,
  'attribute:absent > 1': false,
  'attribute:generation > 4': true,
  'attribute:generation > 10': false,
  'attribute:generation >= 5': true,
  'attribute:generation less_than 5': false,
  'attribute:generation less_than_equal 5': true,
  'attribute:generation greater_than 4': true,
  'attribute:generation greater_than_equal 6': false,
  'attribute:gpu exists': true,
  'attribute:absent exists': false,
  'attribute:absent !exists': true,
  'attribute:gpu not_exists': false,
  'attribute:ecs.availability-zone in [us-east-1a, eu-west-1a]': true,
  'attribute:ecs.availability-zone in [us-east-1a,us-east-1b]': false,
  'attribute:ecs.availability-zone !in [us-east-1a]': true,
  'attribute:ecs.availability-zone not_in [eu-west-1a]': false,
  'attribute:ecs.instance-type =~ t2.*': true,
  'attribute:ecs.instance-type =~ t2': false,
  'attribute:ecs.instance-type =~ (t2|t3).*': true,
  'attribute:ecs.instance-type matches g2.*': false,
  'attribute:ecs.instance-type !~ g2.*': true,
  'attribute:ecs.instance-type not_matches t2.*': false,
  'attribute:stack/name == "blue team"': true,
  'attribute:ecs.instance-type =~ t2.* and attribute:ecs.availability-zone != us-east-1d': true,
  'attribute:ecs.instance-type =~ t2.* && attribute:ecs.availability-zone == us-east-1d': false,
  'attribute:generation == 6 or attribute:gpu exists': true,
  'attribute:generation == 6 || attribute:absent exists': false,
  'attribute:gpu exists or attribute:gpu exists and attribute:absent exists': true,
  '(attribute:gpu exists or attribute:gpu exists) and attribute:absent exists': false,
  'not attribute:gpu exists': false,
  '!(attribute:absent exists)': true,
  'not(not(attribute:gpu exists))': true,
  '(attribute:ecs.instance-type =~ t2.*)': true,
  'task:group == service:production': true,
  'task:group == service:staging': false,
  'task:group != family:cron': false,
  'task:group in [database, family:cron]': true,
  'task:group =~ service:.*': true,
  'not(task:group == database)': true,
  'ec2InstanceId in [i-1, i-0123456789abcdef0]': true,
  'ec2InstanceId == i-1': false,
  'agentConnected == true': true,
  'agentConnected != true': false,
  'agentVersion < 1.14.5': false,
  'agentVersion >= 1.9.0': true,
  'runningTasksCount == 1': true,
  'runningTasksCount > 1': false,
  'registeredAt < 2018-02-13': true,
  'registeredAt >= 2018-02-12T12:00:00': true,
  'registeredAt > 2018-02-12T12:00:00Z': false,
  'registeredAt > 2018-02-12T12:00:00+01:00': true,
};

const WRONG = [
  '',
  'attribute:a',
  'attribute:a ==',
  'attribute:a == b c',
  'attribute:a in b',
  'attribute:a in [b',
  'attribute:a in []',
  'attribute:a =~ (',
  'attribute:a =~ *',
  '(attribute:a exists',
  'attribute:a exists)',
  'attribute:a exists and',
  'and attribute:a exists',
  'colour == blue',
  'registeredAt < yesterday',
  `attribute:a == ${'b'.repeat(2000)}`,
];

describe('the cluster query language', () => {
  for (const [expression, isSelected] of Object.entries(CASES)) {
    it(`${expression} → ${isSelected}`, () => assert.equal(readQuery(expression)(instance), isSelected));
  }
  for (const expression of WRONG) {
    it(`refuses '${expression.slice(0, 40)}'`, () => {
      assert.throws(() => readQuery(expression), { code: 'InvalidParameterException' });
    });
  }
});
