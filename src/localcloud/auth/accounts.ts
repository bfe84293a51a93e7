/** Who may call: access keys, and the accounts they lead to. */

export interface Account {
  /** Twelve digits. */
  id: string;
  /** How people call it. */
  name: string;
  /** Domain of the hosted zone it begins with; its certificate covers the names below. */
  domain: string;
}

export interface Principal {
  account: Account;
  accessKeyId: string;
  secretAccessKey: string;
  /** User name, for ARNs. */
  userName: string;
}

const production: Account = { id: '123456789012', name: 'production', domain: 'example.com' };
const staging: Account = { id: '210987654321', name: 'staging', domain: 'staging.example.com' };

/** Every cloud begins with these; the first is the one people mean when they name none. */
export const ACCOUNTS: readonly Account[] = [production, staging];

/** Loopback only, so the keys are no secret; what matters is that a wrong one is refused. */
export const PRINCIPALS: readonly Principal[] = [
  {
    account: production,
    accessKeyId: 'AKIAWONDERLANDLOCAL1',
    secretAccessKey: 'local-secret-key',
    userName: 'wonderland',
  },
  {
    account: production,
    accessKeyId: 'AKIAWONDERLANDOTHER1',
    secretAccessKey: 'other-secret-key',
    userName: 'somebody-else',
  },
  {
    account: staging,
    accessKeyId: 'AKIAWONDERLANDSTAGE1',
    secretAccessKey: 'staging-secret-key',
    userName: 'wonderland',
  },
];

/** Access key id of who calls without a signature. */
export const ANONYMOUS = 'anonymous';

export const findPrincipal = (accessKeyId: string): Principal | undefined =>
  PRINCIPALS.find((principal) => principal.accessKeyId === accessKeyId);
