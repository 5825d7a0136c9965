import { spawn } from 'node:child_process';
import path from 'node:path';

/** The project's folder. */
export const ROOT = path.resolve(__dirname, '..', '..');

/** The app could not be synthesized; the message is what CDK said. */
class SynthesisFailed extends Error {
  override readonly name = 'SynthesisFailed';
}

/**
 * Synthesizes the real app with the CDK CLI, for this machine's processor, into a folder.
 * @throws SynthesisFailed with CDK's own words
 */
export async function synthesize(target: string, context: Readonly<Record<string, string>> = {}): Promise<void> {
  const cdk = path.join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const values = Object.entries({ target: 'host', ...context }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = [cdk, 'synth', '--quiet', '--output', target, '--no-notices', '--no-version-reporting', ...values];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new SynthesisFailed(said.trim());
}
