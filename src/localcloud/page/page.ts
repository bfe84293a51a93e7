import type { AdminPorts } from '../admin/ports.ts';
import type { WireRequest, WireResponse } from '../wire/message.ts';

export const servePage = async (
  _ports: AdminPorts,
  _path: string,
  _request: WireRequest,
): Promise<WireResponse | undefined> => undefined;
