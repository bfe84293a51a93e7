const WAITING = / Waiting for service \S+ to complete rolling update \(timeout in (\d+)s\)$/;
/** The example has none: they come only where old tasks drain for longer than a line lasts. */
const DRAINING = / Waiting for old tasks of service \S+ to drain and stop \(limit in \d+s\)$/;
const SECONDS_BETWEEN_LINES = 10;

/**
 * A transcript of `wl deploy` as the golden files have it: what differs from run to run is named instead, and the
 * waiting lines that count down from the first, ten seconds each, are left out. A line out of that order stays.
 */
export function normaliseTranscript(stdout: string, { service, id }: { service: string; id: string }): string {
  return collapseWaiting(stdout.split('\n'))
    .join('\n')
    .replaceAll(`${service}/${id} `, `${service}/<id> `)
    .replaceAll(`deployment ${service}/${id} active`, `deployment ${service}/<id> active`)
    .replaceAll(
      new RegExp(`point to ${service}-\\d{10}-\\d+\\.eu-west-1\\.elb\\.amazonaws\\.com$`, 'gm'),
      'point to <elb dns name>',
    )
    .replaceAll(new RegExp(`\\b${service}-\\d{10}\\b`, 'g'), `${service}-<created>`)
    .replaceAll(/HTTP:1[12]\d{3}\//g, 'HTTP:<host port>/')
    .replaceAll(new RegExp(`\\(${service}:\\d+\\)`, 'g'), `(${service}:<revision>)`)
    .replaceAll(new RegExp(`service-${service}:\\d+$`, 'gm'), `service-${service}:<previous revision>`)
    .replaceAll(/CheckID is [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/gm, 'CheckID is <uuid>')
    .replaceAll(service, 'autoscaler');
}

function collapseWaiting(lines: string[]): string[] {
  let left: number | undefined;
  return lines.filter((line) => {
    if (DRAINING.test(line)) return false;
    const seconds = WAITING.exec(line)?.[1];
    if (seconds === undefined) {
      left = undefined;
      return true;
    }
    const counted = left !== undefined && Number(seconds) === left - SECONDS_BETWEEN_LINES;
    left = Number(seconds);
    return !counted;
  });
}
