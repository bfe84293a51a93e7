/** A request's or a connection's hold on one backend, from the choice of it to the last byte. */
export interface Lease {
  /** Where the backend listens; undefined when nothing listens there any more. */
  place: { host: string; port: number } | undefined;
  tls: boolean;
  /** Set by the proxy; called when the balancer may no longer wait for the request to end. */
  abort?: () => void;
  release(): void;
}
