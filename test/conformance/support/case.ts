/** Calls as data: what every client is to perform, and be answered alike. */

export type Params = Record<string, unknown>;

/** As the botocore calls them. */
export type Service =
  | 'acm'
  | 'application-autoscaling'
  | 'autoscaling'
  | 'cloudwatch'
  | 'ec2'
  | 'ecr'
  | 'ecs'
  | 'elb'
  | 'iam'
  | 'logs'
  | 'route53'
  | 's3'
  | 'secretsmanager'
  | 'sns'
  | 'ssm'
  | 'sts';

export interface Call {
  /** Unique in its service; others refer to its answer by it. */
  name: string;
  operation: string;
  /** A text may refer to earlier answers of the service: `${topic.TopicArn}`. */
  params?: Params;
  /** The code of the error that is expected. */
  fails?: string;
  /** moto answers it as AWS does, but for what `differences.ts` explains. */
  moto?: true;
}

/** Cloud seconds that pass. */
export interface Pause {
  seconds: number;
}

export interface Cases {
  service: Service;
  steps: (Call | Pause)[];
}

export type Outcome = { answer: unknown } | { error: { code: string; message: string } };

/** A way to call AWS. */
export interface Client {
  perform(service: Service, operation: string, params: Params): Promise<Outcome>;
  close(): void;
}

/** What a path leads to: `change.ChangeInfo.Id`, `zones.HostedZones.0.Id`; after `tail `, only what follows its last slash. */
const lookUp = (answers: ReadonlyMap<string, unknown>, path: string): unknown => {
  if (path.startsWith('tail ')) return String(lookUp(answers, path.slice('tail '.length))).replace(/^.*\//, '');
  const [name = '', ...keys] = path.split('.');
  const found = keys.reduce<unknown>((value, key) => (value as Params | undefined)?.[key], answers.get(name));
  if (found === undefined) throw new Error(`nothing is known of ${path}`);
  return found;
};

/** `value` with its references replaced; a text that is nothing else becomes what it refers to. */
export const fill = (value: unknown, answers: ReadonlyMap<string, unknown>): unknown => {
  if (typeof value === 'string') {
    const whole = /^\$\{([^}]+)\}$/.exec(value)?.[1];
    if (whole !== undefined) return lookUp(answers, whole);
    return value.replace(/\$\{([^}]+)\}/g, (_, path: string) => String(lookUp(answers, path)));
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, answers));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, answers)]));
};
