import { existsSync } from 'node:fs';
import path from 'node:path';
import { edgesOf, isProven } from '../../edges/check';
import { linesOf } from '../../edges/edge-lines';
import { ROOT } from '../template/synthesize';
import { readTemplates } from '../template/template';

/**
 * `npm run edges [-- <cloud assembly>]`: everything that AWS is to do by itself because of the synthesized templates (default `cdk.out`),
 * each with the statement that allows it. Exit status: 0 if all of it is allowed, 1 if something is not, 2 without templates.
 */
function main([folder = path.join(ROOT, 'cdk.out')]: readonly string[]): number {
  if (!existsSync(path.join(folder, 'manifest.json'))) {
    console.error(`${folder}: no synthesized app there; run npx cdk synth first`);
    return 2;
  }
  const edges = edgesOf(readTemplates(folder));
  for (const line of linesOf(edges)) console.log(line);
  const unproven = edges.filter((edge) => !isProven(edge));
  const elsewhere = edges.filter(({ verdict }) => verdict === 'elsewhere').length;
  const rest = elsewhere === 0 ? '' : `, ${elsewhere} up to policies that are not in these templates`;
  console.log(`${edges.length} edges, ${unproven.length} not allowed${rest}`);
  return unproven.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
