// A process of its own: a download that hangs inside the SDK's native core can only be ended with its process.
// Arguments: the directory to download to, the version. Exits 0 when the CLI is in that directory and runs.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir, version] = process.argv.slice(2);
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir, version: `v${version}` } },
});
await environment.teardown();
