import { read } from './pages';

const { engines, devDependencies } = JSON.parse(read('package.json')) as {
  engines: { node: string };
  devDependencies: Record<string, string>;
};
const majorOf = (version: string | undefined) => /^\d+/.exec(version ?? '')?.[0];

describe('the version of Node', () => {
  const scripts = majorOf(devDependencies['node']);

  it('is that of the package node for scripts, types, editors and Lambda', () => {
    expect(majorOf(devDependencies['@types/node'])).toBe(scripts);
    expect(read('.nvmrc').trim()).toBe(scripts);
    expect(read('lib/functions/rollcall-function.ts')).toContain(`NODEJS_${scripts}_X`);
    for (const page of ['README.md', 'CONTRIBUTING.md']) expect(read(page)).toContain(`Node ${scripts}`);
  });

  it('is the one that runs this test', () => {
    expect(majorOf(process.versions.node)).toBe(scripts);
  });

  it('may be older for npm itself, as engines and the pages say', () => {
    const oldest = /^>=(\d+)$/.exec(engines.node)?.[1];
    expect(oldest).toBeDefined();
    expect(read('README.md')).toContain(`npm on Node ${oldest} or later`);
    expect(read('CONTRIBUTING.md')).toContain(`npm needs Node ${oldest} or later`);
    expect(read('.github/workflows/ci.yml')).toContain(`node-version: ${oldest}`);
  });
});
