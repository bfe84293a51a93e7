import type { Faults } from '../engine/faults.ts';
import type { Journal } from '../engine/journal.ts';
import type { LoopbackNetwork } from '../engine/network.ts';
import type { Images } from '../images.ts';
import type { Engine } from '../registration.ts';
import type { Sink } from '../sink.ts';
import type { World } from '../world.ts';
import type { Stage } from './stage.ts';

/** Where the cloud is reached. */
export interface Addresses {
  url: string;
  ingressHttp: string;
  ingressHttps: string;
}

/** Everything the admin endpoint shows and moves. */
export interface AdminPorts {
  engine: Pick<Engine, 'clock' | 'settings' | 'log'>;
  /** By account id; the first is the one people mean when they name none. */
  worlds: ReadonlyMap<string, World>;
  network: LoopbackNetwork;
  journal: Journal;
  faults: Faults;
  images: Images;
  sink: Sink;
  stage: Stage;
  /** With a stepped clock. */
  advance?: (milliseconds: number) => Promise<void>;
  addresses(): Addresses;
  save(): Promise<void>;
}
