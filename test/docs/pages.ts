import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(__dirname, '..', '..');

/** A file of the repository as text. */
export const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Not ours, or made by a build. */
const SKIPPED = new Set(['node_modules', 'cdk.out', 'coverage', '.git', '.build', '.local', '.venv']);

/** Our pages and sources under a folder, by their paths from the root. */
export function filesUnder(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesUnder(file);
    return /\.(?:ts|cjs|md)$/.test(entry.name) ? [file] : [];
  });
}

/** Every page that people read, by its path from the root. */
export function pages(): string[] {
  const inFolder = (folder: string) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/')));
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...inFolder('docs')];
}

/** Markdown without its code blocks, in which nothing is a link or a title. */
export const prose = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```$/gm, '');

/** The anchors that GitHub gives the titles of a page. */
export function anchors(markdown: string): Set<string> {
  return new Set(
    [...prose(markdown).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Without the padding that the formatter puts into Markdown tables: what the cells say. */
export const cells = (markdown: string): string => markdown.replace(/-{3,}/g, '---').replace(/ *\| */g, '|');
